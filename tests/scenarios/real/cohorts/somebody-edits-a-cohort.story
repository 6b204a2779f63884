# Somebody switches a cohort on by hand: the rollout pauses and tells the team.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: edit CANARY_COHORT_BETA_ENABLED=true
