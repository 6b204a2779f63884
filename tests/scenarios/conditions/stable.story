# `stable for 20m`: a guardrail of P2 that fired starts the calm anew, one of P3 does not.
# plan: ../plans/steps.yaml

at 50% + 4m: latency canary 1.5x for 3m
at 50% + 12m: hit_rate canary 40% for 3m
at 50% + 20m: resume by otto "a cold cache"
at 100% + 1m: rollback by otto
