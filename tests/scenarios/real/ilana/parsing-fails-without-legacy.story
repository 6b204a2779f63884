# The legacy code is gone: below 95 % people are called, because the switch leads nowhere.
# plan: plans/ilana.yaml
# auto-approve
# told from: deprecation

report all
at stage deprecation + 1d: parse_success canary 90% for 10m
at stage deprecation + 2d: end
