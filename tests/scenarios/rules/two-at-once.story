# Two guardrails at once: every message is sent, and of two exposures the lower one wins.
# plan: ../plans/steps.yaml

at 10% + 2m: queue canary 700
at 10% + 2m: error_rate canary 40%
