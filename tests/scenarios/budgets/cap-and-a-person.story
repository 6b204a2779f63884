# A person gives back what a person holds off; what the cap holds off comes back with the next day.
# plan: ../plans/budget.yaml

at stage full + 1h: disable llm by tina
at stage full + 2h: llm_cost $5.10
at stage full + 3h: enable llm by tina "not so slow any more"
at stage full + 4h: enable llm by tina "again"
