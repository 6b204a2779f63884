# A pause holds promotion only: the guardrail that breaks meanwhile rolls back.
# plan: ../plans/quick.yaml

at 10% + 3m: pause by tina "lunch"
at 10% + 1h: error_rate canary 20%
