# An alarm that begins to ring before anybody is exposed keeps the first stage shut.
# plan: ../plans/alarms.yaml

at 30s: alarm prod-high-errors rings for 20m
