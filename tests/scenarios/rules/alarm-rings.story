# An alarm that rings lowers the exposure at once; it rings on, and takes the rest back once its own window fits.
# plan: ../plans/alarms.yaml

at 50% + 10m: alarm prod-high-errors rings for 30m
