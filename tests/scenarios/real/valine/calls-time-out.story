# More than 0.1 % of the calls time out: engineering is told.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: timeout_rate canary 1% for 20m
at stage admin-canary + 12h: end
