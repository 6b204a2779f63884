# Errors, latency and a leak in staging, one after the other: engineering is told of each, and the stable week begins anew.
# plan: plans/cst.yaml
# auto-approve

report all
at 1d: staging_errors 2% for 3h
at 4d: staging_latency 1.4s for 2h
at 6d: staging_memory grows 8MB/hour for 12h
at 10% + 1h: end
