# A security alert pauses the rollout at once.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: signal security-alert by olga
