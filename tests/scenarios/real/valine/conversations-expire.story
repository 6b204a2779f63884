# More than a fifth of the conversations expire: engineering is told.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: ttl_expiry canary 30% for 20m
at stage admin-canary + 12h: end
