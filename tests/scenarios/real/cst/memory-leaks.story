# Memory grows by little more than 10 MB a minute, but for half an hour: that is a leak, and it goes back to 0 %.
# plan: plans/cst.yaml
# auto-approve
# told from: canary

report all
at 10% + 1h: memory canary grows 13MB/min
