# Throttled while rolling back: it is not half done, it is said loudly, and it lands as soon as it can.
# plan: ../plans/quick.yaml

at 50% + 2m: error_rate canary 20%
at 50% + 4m: throttled for 30m
