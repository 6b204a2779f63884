# Too little data is no answer: the stage is not left, and nothing is taken back.
# plan: ../plans/alarms.yaml

at 10% + 20m: alarm prod-high-errors insufficient for 1h
