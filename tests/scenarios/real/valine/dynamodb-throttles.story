# More than five throttled requests within an hour: engineering is told.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: dynamodb_throttles 2 for 5m
at stage admin-canary + 12h: end
