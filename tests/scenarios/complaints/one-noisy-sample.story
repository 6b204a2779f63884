# One noisy sample does not roll back a rule that says how long: two bad minutes of latency are not three in a row.
# plan: ../plans/holds.yaml

at 10% + 5m: latency 2s for 2m
at 100% + 8m: error_rate 20% for 3m
