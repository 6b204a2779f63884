# CloudWatch's alarm about the cost rings in phase 5: back to the phase before, without LLM parsing.
# plan: plans/valine.yaml
# auto-approve
# told from: llm-parsing

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage llm-parsing + 3h: alarm valine-ux-agent-daily-llm-cost rings for 10m
