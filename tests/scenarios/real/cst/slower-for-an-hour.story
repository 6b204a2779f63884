# A fifth slower than legacy is investigated; not resolved within an hour, it goes back to the previous stage.
# plan: plans/cst.yaml
# auto-approve
# told from: expanded

report all
at 25% + 1h: p95_latency canary 1.3x for 80m
