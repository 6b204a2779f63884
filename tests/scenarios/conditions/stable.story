# `stable for 20m`: the calm begins anew with every guardrail of P2 or above that fires.
# plan: ../plans/steps.yaml

at 50% + 12m: hit_rate canary 40% for 3m
at 50% + 20m: resume by otto "a cold cache"
at 100% + 1m: rollback by otto
