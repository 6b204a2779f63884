# The median is above 3 seconds: it is switched off within minutes, and on-call is paged.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 5% + 1h: median_latency canary 3500ms
