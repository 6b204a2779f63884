# At the cap the feature is off until local midnight: the bake stands still, and nothing more is spent.
# plan: ../plans/budget.yaml

at stage full + 3h: llm_cost grows $2/hour for 3h
