# The median is above 2.5 seconds, for ten minutes: the team is alerted, and nothing goes back.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 5% + 1h: median_latency canary 2700ms for 20m
at 5% + 2h: end
