# A person goes back one stage: the lower exposure, then paused; what is so already changes nothing.
# plan: ../plans/steps.yaml

at 50% + 2m: rollback to previous by tina "let us look"
at 50% + 5m: rollback to 10% by tina
at 50% + 1h: resume by tina
at 50% + 2h: rollback by tina
