# An alarm that may not be asked, or does not answer, is not known.
# plan: ../plans/alarms.yaml

at 10% + 20m: alarm prod-high-errors forbidden for 30m
at 50% + 20m: alarm prod-high-errors fails for 30m
