# What a cap holds off is given back when the new day is known to be new, and not before.
# plan: ../plans/budget.yaml

at stage full + 3h: llm_cost $6
at 20h: budgets unreadable for 8h
