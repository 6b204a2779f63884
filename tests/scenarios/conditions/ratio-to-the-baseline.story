# A ratio to the baseline: three times as slow rolls back; where both arms are slow, nothing does.
# plan: ../plans/limits.yaml

at 10% + 3m: latency 3x for 6m
at 50% + 3m: latency canary 3x
