# The legacy code is gone: a slow median, errors and four critical reports call people, and nothing goes back.
# plan: plans/ilana.yaml
# auto-approve
# told from: deprecation

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 15% + 1d: report survey 4.4 by product-manager
at 100% + 6d: report survey 4.5 by product-manager
at stage deprecation + 6h: median_latency canary 3200ms for 10m
at stage deprecation + 12h: error_rate canary 7% for 4m
at stage deprecation + 20h: signal critical-report by ana "a wrong dose"
at stage deprecation + 21h: signal critical-report by ben
at stage deprecation + 22h: signal critical-report by carla
at stage deprecation + 23h: signal critical-report by dmitri
at stage deprecation + 2d: end
