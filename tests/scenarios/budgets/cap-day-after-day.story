# What is spent too fast every day reaches the cap every day: the bake goes on in between, and it completes.
# plan: ../plans/budget.yaml

at stage full: llm_cost grows $1/hour
