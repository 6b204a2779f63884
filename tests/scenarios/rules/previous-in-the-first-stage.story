# `to previous` in the first exposed stage is all the way back.
# plan: ../plans/steps.yaml

at 5% + 2m: latency canary 1.5x
