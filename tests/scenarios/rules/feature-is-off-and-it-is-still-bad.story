# A feature is off and it is still bad: the rule is armed by the change, and says so once more on younger data.
# plan: ../plans/features.yaml

at 10% + 10m: latency canary 2s for 30m
at 10% + 2h: rollback by tina
