# Half of the calls take more than 5 s, for six hours: that is degraded performance, and it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: pm-users

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage pm-users + 3h: p50_latency canary 6s
