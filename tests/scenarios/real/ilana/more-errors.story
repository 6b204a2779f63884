# More than 3 % errors, for five minutes: on-call is paged, and nothing goes back.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 5% + 1h: error_rate canary 4% for 20m
at 5% + 2h: end
