# Pages react later than after 200 ms for 15 minutes: the rollout pauses and tells the team.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: inp_p75_ms canary 300ms for 30m
