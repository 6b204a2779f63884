# What a plan says under `late` is done once, when the stage waits longer than it may.
# plan: ../plans/line.yaml

at 25%: error_rate 2%
