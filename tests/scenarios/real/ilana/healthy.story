# The simple prompt, with nothing wrong: ten steps, from staging to the day on which the rollout is complete.
# plan: plans/ilana.yaml
# auto-approve

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 15% + 1d: report survey 4.4 by product-manager
at 100% + 6d: report survey 4.5 by product-manager
at stage complete + 1h: report survey 4.5 by product-manager
