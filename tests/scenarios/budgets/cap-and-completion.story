# Nothing completes while a cap holds a feature off, whoever asks.
# plan: ../plans/budget.yaml

at stage full + 1h: llm_cost $5.10
at stage full + 2h: complete by admin
