# While it is not known what was spent, no stage is left; and nothing is held off for it.
# plan: ../plans/budget.yaml

at stage trial + 1h: budgets unreadable for 3h
