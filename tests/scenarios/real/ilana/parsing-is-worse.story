# Fewer than 96 % can be parsed, for five minutes: on-call is paged, and nothing goes back.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

report all
at 5% + 1h: parse_success canary 95.6% for 15m
at 15% + 5m: end
