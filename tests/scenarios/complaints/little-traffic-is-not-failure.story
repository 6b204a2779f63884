# Little traffic is not failure: a request every ten minutes is neither a breach nor a pass, and people are told.
# plan: ../plans/thin.yaml

traffic 6/hour
