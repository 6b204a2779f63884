# A stage is not entered under an alarm that would be in force there.
# plan: ../plans/alarms.yaml

at 10% + 20m: alarm db-connections rings for 30m
