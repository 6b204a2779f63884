# Fewer than 95 % of the answers can be parsed: it is switched off at once, and on-call is paged.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

report all
at 5% + 1h: parse_success canary 90%
