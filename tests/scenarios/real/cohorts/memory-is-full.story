# More than 90 % of the memory is used for 10 minutes: the rollout pauses.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: memory_used 95% for 20m
