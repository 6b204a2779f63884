# The largest paint takes more than 2.5 s for 15 minutes: the rollout pauses and tells the team.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: lcp_p75_ms canary 3s for 30m
