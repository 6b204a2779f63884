# The cache hit rate falls below 70 %: back to 0 %, and on-call is paged.
# plan: plans/cst.yaml
# auto-approve
# told from: canary

report all
at 10% + 1h: cache_hit_rate canary 60%
