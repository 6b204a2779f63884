# Testers, the beta group, a sample, everybody: the variables follow, and never shrink.
# plan: ../plans/cohorts.yaml

