# The circuit breaker: three errors in a row, and everybody keeps their cohort but has no feature.
# plan: plans/cohorts.yaml
# auto-approve
# told from: beta

report all
at stage beta + 1h: error_streak canary 4 for 2m
at stage beta + 2h: enable stable by releases "fixed"
at stage beta + 2h5m: enable experimental by releases
at stage beta + 3h: end
