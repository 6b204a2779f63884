# Slow once is for people to look at; slow for five minutes goes back, whoever looks.
# plan: plans/elite.yaml
# told from: phase-1

tick all
report all
at 5% + 1h: mean_latency canary 1200ms
