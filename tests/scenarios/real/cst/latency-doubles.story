# The 95th percentile is more than twice that of legacy: back to 0 %, and on-call is paged.
# plan: plans/cst.yaml
# auto-approve
# told from: canary

report all
at 10% + 1h: p95_latency canary 2.5x
