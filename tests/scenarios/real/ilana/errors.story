# More than 5 % errors: it is switched off within minutes, and on-call is paged.
# plan: plans/ilana.yaml
# auto-approve
# told from: increase-to-15

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 15% + 1h: error_rate canary 8%
