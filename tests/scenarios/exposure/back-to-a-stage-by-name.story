# A person goes back to a stage by its name; from there the rollout starts anew when she says so.
# plan: ../plans/cohorts.yaml

at stage everyone + 10m: rollback to inside by tina "looks odd"
at stage everyone + 2h: resume by tina
