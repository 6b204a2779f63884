# A severe bug is reported: the executives are told, and the stage is not left for two days.
# plan: plans/cohorts.yaml
# auto-approve
# told from: beta

report all
at stage beta + 1h: signal sev-1-bug by olga "logins fail"
at stage ga + 5m: end
