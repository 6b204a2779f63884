# An empty answer is not failure: a quarter of an hour without any figure holds, and then goes on.
# plan: ../plans/holds.yaml

at 10% + 5m: no data for 15m
