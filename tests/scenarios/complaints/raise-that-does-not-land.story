# A raise that is not in effect in time is taken back rather than left half done.
# plan: ../plans/quick.yaml

at 10% + 9m: throttled for 20m
