# Slow for a minute: devops is asked to look within five, does, and the phase goes on.
# plan: plans/elite.yaml
# told from: phase-1

tick all
report all
at 5% + 1h: mean_latency canary 1200ms for 1m
at 5% + 1h4m: review by devops-engineer "a cold start"
at 10% + 1h: end
