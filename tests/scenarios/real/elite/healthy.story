# The elite endpoints, with nothing wrong: five phases, each left when its service levels held for a day.
# plan: plans/elite.yaml
# auto-approve

report all
