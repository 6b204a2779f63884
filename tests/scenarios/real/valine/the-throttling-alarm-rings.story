# The alarm about throttled Lambdas rings: engineering is told.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: alarm valine-ux-agent-lambda-throttling rings for 10m
at stage admin-canary + 12h: end
