# Layouts shift by more than 0.1 for 15 minutes: the rollout pauses and tells the team.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: cls_p95 canary 0.2 for 30m
