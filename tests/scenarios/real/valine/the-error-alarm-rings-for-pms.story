# CloudWatch's alarm about errors rings in phase 3: it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: pm-users

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage pm-users + 3h: alarm valine-ux-agent-high-error-rate rings for 10m
