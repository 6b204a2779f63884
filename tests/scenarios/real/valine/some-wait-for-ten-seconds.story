# The 95th percentile is above 10 s for an hour: engineering is told.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: p95_latency canary 12s for 90m
at stage admin-canary + 12h: end
