# The CST pipeline, with nothing wrong: a week in staging, then up to everybody, each consent asked for last.
# plan: plans/cst.yaml
# auto-approve
report all
