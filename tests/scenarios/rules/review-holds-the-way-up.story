# A review holds what would be promoted long since, until somebody of the role that is asked has looked.
# plan: ../plans/line.yaml

at 5% + 3m: memory 4GB for 2m
at 5% + 12m: review by tina
at 5% + 31m: review by otto "a batch job, it is over"
