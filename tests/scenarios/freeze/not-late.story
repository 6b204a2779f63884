# The days of a freeze are not held against a stage: two hours late on Wednesday, and not on Tuesday.
# plan: ../plans/frozen.yaml

error_rate canary 2%
