# What has completed goes on spending: its owner is told once a day, nothing is switched off, until the budget is closed.
# plan: ../plans/budget.yaml

at stage full + 24h: llm_cost $4.50
at stage full + 25h: llm_cost $6
at stage full + 27h: llm_cost $9
at stage full + 47h: llm_cost $12
at stage full + 48h: close-budget llm_cost by tina "the model is switched off"
