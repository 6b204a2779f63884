# Somebody edits the percentage by hand: the rollout pauses and tells engineering.
# plan: plans/cst.yaml
# auto-approve
# told from: canary

report all
at 10% + 1h: edit CST_ROLLOUT_PERCENTAGE=40
