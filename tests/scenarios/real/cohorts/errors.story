# More than 1 % errors for 5 minutes: the rollout pauses.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: error_rate canary 3% for 15m
