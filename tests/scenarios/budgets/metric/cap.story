# A metric is the meter: at the cap the feature is off until local midnight, and nothing more is spent.
# plan: ../../plans/metered.yaml

at stage full + 3h: llm_cost grows $2/hour for 3h
