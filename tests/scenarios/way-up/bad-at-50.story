# At 50 % the candidate gets errors: the guardrail sees it within minutes, and everything is as it was before.
# plan: ../plans/quick.yaml
at 50% + 3m: error_rate canary 5%
