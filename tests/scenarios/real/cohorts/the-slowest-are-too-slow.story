# The 99th percentile is more than five times the baseline for 10 minutes: it pauses, and on-call is paged.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: p99_latency canary 6x for 20m
