# Fewer than 95 % of the answers can be parsed: it is switched off at once, and on-call is paged.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 5% + 1h: parse_success canary 90%
