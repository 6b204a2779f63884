# More than $10 on a day once everybody has the agent: LLM parsing stays off, also after midnight.
# plan: plans/valine.yaml
# auto-approve
# told from: general-availability

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage general-availability + 3h: llm_cost $12
at stage general-availability + 30h: end
