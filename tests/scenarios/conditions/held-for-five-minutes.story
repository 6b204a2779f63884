# `for 5m`: every value of five minutes is over the limit before anything happens.
# plan: ../plans/holds.yaml

at 10% + 4m: error_rate 6% for 4m
at 10% + 15m: error_rate 6%
