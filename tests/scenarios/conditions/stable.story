# `stable for 20m`: a guardrail that fired starts the calm anew, and so does nothing else.
# plan: ../plans/steps.yaml

at 50% + 5m: error_rate 8% for 2m
