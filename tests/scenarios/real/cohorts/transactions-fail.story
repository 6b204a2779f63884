# More than 0.1 % of the transactions fail within an hour: the rollout pauses.
# plan: plans/cohorts.yaml
# auto-approve
# told from: beta

report all
at stage beta + 1h: failed_transactions canary 0.5% for 30m
