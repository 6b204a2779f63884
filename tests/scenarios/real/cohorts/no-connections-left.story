# The database has no connections left: its alarm pauses the rollout.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: alarm app-db-connections-exhausted rings for 10m
