# Fewer than 96 % can be parsed, for five minutes: on-call is paged, and nothing goes back.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 5% + 1h: parse_success canary 95.6% for 15m
at 15% + 1h: end
