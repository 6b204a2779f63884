# Exposure is what the stages say and never in between: back to 5 % is 5 %, and up again is 10 %.
# plan: ../plans/steps.yaml

at 50% + 2m: rollback to 5% by tina
at 50% + 1h: resume by tina
at 50% + 3h: rollback by tina
