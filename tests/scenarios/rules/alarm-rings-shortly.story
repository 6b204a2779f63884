# An alarm that is quiet again before its own window fits takes nothing more back.
# plan: ../plans/alarms.yaml

at 50% + 10m: alarm prod-high-errors rings for 3m
at 50% + 30m: resume by tina "a deployment of the database"
