# With everybody on the new pipeline, more than 1 % errors is a warning to engineering, and nothing goes back.
# plan: plans/cst.yaml
# auto-approve
# told from: full

report all
at 100% + 1d: error_rate canary 1.5% for 20m
at 100% + 2d: end
