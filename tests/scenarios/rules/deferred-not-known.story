# `after 10m`: not known after ten minutes is no licence either way: it pauses for a person.
# plan: ../plans/steps.yaml

at 50% + 2m: latency canary 1.5x for 6m
at 50% + 8m: no data in latency for 12m
