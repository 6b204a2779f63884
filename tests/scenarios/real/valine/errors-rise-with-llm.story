# More than 0.5 % errors within a day: back to the phase before, without LLM parsing.
# plan: plans/valine.yaml
# auto-approve
# told from: llm-parsing

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage llm-parsing + 3h: error_rate canary 2%
