# A gate over 24 hours looks over midnight: yesterday's money keeps the stage until it is old enough.
# plan: ../plans/budget.yaml

from start: llm_cost 0x
at 20h: llm_cost $4.50
at 23h30m: llm_cost $4.50
