# A review holds promotion until somebody of the role has looked.
# plan: ../plans/steps.yaml

at 5% + 3m: memory canary 4GB for 2m
at 5% + 5m: review by tina
at 5% + 8m: review by otto "a batch job, it is over"
at 10% + 1m: rollback by otto
