# Slow for a minute, and nobody looks within five: the rollout pauses and the question goes down the line.
# plan: plans/elite.yaml
# told from: phase-1

tick all
report all
at 5% + 1h: mean_latency canary 1200ms for 1m
