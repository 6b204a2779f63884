# $5 are spent on a day: requests fall back to structured parsing until midnight.
# plan: plans/valine.yaml
# auto-approve
# told from: llm-parsing

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage llm-parsing + 3h: llm_cost $5.20
at stage llm-parsing + 2d: end
