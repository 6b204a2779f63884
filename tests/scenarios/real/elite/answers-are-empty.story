# One endpoint answers null more than three times in a row: it is taken back at once.
# plan: plans/elite.yaml
# auto-approve
# told from: phase-1

report all
at 5% + 1h: null_streak endpoint=endpoint-4 canary 5
