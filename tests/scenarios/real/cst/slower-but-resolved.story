# A fifth slower than legacy, resolved within the hour: nothing goes back, and the 72 hours begin anew.
# plan: plans/cst.yaml
# auto-approve
# told from: expanded

report all
at 25% + 1h: p95_latency canary 1.3x for 30m
at 50% + 1h: end
