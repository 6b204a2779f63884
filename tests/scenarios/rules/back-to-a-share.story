# `roll back to 5%`: the lower exposure, then paused; resumed, the bake starts anew.
# plan: ../plans/steps.yaml

at 50% + 2m: error_rate canary 8% for 6m
at 50% + 1h: resume by otto "the bad host is gone"
