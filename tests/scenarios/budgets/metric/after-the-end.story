# A metric goes on telling what is spent after the end, until the budget is closed.
# plan: ../../plans/metered.yaml

at stage full + 30h: llm_cost grows $2/hour for 3h
at stage full + 40h: close-budget llm_cost by tina
