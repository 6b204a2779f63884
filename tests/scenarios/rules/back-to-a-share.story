# `roll back to 5%`: the lower exposure, then paused; a person resumes, and it rises again stage by stage.
# plan: ../plans/steps.yaml

at 50% + 2m: error_rate canary 8% for 3m
at 50% + 1h: resume by otto "the bad host is gone"
