# One of ten endpoints gets errors at 25 %: the mean of all hides it, the rule for any endpoint does not.
# plan: plans/elite.yaml
# auto-approve
# told from: phase-3

report all
at 25% + 1h: error_rate endpoint=endpoint-7 canary 4.5%
