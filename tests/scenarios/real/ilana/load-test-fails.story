# The load test fails at 35 %: nobody else is exposed until it passes.
# plan: plans/ilana.yaml
# auto-approve
# told from: increase-to-35

at stage internal-users + 1h: report internal-feedback 90% by product-manager
check load fails
at 15% + 1d: report survey 4.4 by product-manager
at 35% + 3d30m: check load passes
at 65% + 1h: end
