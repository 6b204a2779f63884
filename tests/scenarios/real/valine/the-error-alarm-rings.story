# CloudWatch's alarm about errors rings while only admins have it: it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: alarm valine-ux-agent-high-error-rate rings for 10m
