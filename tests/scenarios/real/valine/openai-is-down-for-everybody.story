# OpenAI cannot be reached once everybody has the agent: only LLM parsing is switched off.
# plan: plans/valine.yaml
# auto-approve
# told from: general-availability

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage general-availability + 3h: signal openai-unavailable by paula
at stage general-availability + 6h: end
