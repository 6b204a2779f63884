# `after 10m`: no longer so after ten minutes, so nothing more is done.
# plan: ../plans/steps.yaml

at 50% + 2m: latency canary 1.5x for 6m
