# Somebody reports inconsistent data: the rollout pauses at once.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: signal data-inconsistency by olga "two invoices differ"
