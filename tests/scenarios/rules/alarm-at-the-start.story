# A rollout does not start under an alarm that rings, and says what to do.
# plan: ../plans/alarms.yaml

alarm prod-high-errors rings
