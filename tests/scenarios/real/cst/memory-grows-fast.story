# Memory grows by more than 50 MB a minute: back to 0 % within minutes.
# plan: plans/cst.yaml
# auto-approve
# told from: canary

report all
at 10% + 1h: memory canary grows 60MB/min
