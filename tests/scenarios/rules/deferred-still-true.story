# `roll back to previous after 10m`: still so after ten minutes, so back it goes, and waits for a person.
# plan: ../plans/steps.yaml

at 50% + 2m: latency canary 1.5x for 15m
