# The legacy code is gone: below 95 % people are called, because the switch leads nowhere.
# plan: plans/ilana.yaml
# auto-approve
# told from: deprecation

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 15% + 1d: report survey 4.4 by product-manager
at 100% + 6d: report survey 4.5 by product-manager
at stage deprecation + 1d: parse_success canary 90% for 4m
at stage deprecation + 2d: end
