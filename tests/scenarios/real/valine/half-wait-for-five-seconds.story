# Half of the calls take more than 5 s for an hour: engineering is told.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: p50_latency canary 6s for 90m
at stage admin-canary + 12h: end
