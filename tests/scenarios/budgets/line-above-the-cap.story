# Where the money jumps over every line at once, the way back lies on top of the cap.
# plan: ../plans/budget.yaml

at stage full + 3h: llm_cost $12
