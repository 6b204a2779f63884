# Three times in a row far more approvals are denied than in the week before: the rollout pauses.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: denial_rate 2x for 20m
