# Where a metric shows money beyond every line at once, everything goes back.
# plan: ../../plans/metered.yaml

at stage full + 3h: llm_cost $12
