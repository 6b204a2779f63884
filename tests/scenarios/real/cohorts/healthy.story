# Four cohorts, with nothing wrong: the team, pilot partners, beta users, everybody.
# plan: plans/cohorts.yaml
# auto-approve

report all
