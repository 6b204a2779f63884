# A dry run says what it would have done, and does nothing, tells nobody and blocks nothing.
# plan: ../plans/steps.yaml

at 5% + 3m: queue canary 200 for 5m
at 10% + 1m: rollback by tina
