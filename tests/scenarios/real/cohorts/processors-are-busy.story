# More than 80 % of the processors are busy for 10 minutes: the rollout pauses.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: cpu_used 90% for 20m
