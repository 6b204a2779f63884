# At the warning line the owner is told, once a day, and nothing else happens.
# plan: ../plans/budget.yaml

at stage full: llm_cost 0x
at stage full + 2h: llm_cost $4.20
at stage full + 4h: llm_cost $4.50
at stage full + 21h30m: llm_cost $4.10
