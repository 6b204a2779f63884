# Before everybody is exposed the baseline is measured for the last time. Where it is not known, the rollout waits: a guardrail that could never be known again would leave everybody unwatched.
# plan: ../plans/compared.yaml

at 50%: no data in latency for 50m
