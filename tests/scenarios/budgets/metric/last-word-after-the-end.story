# The last that a story tells is spent after the end: a metric tells of it minutes later, and the owner still hears of it.
# plan: ../../plans/metered.yaml

at stage full + 30h: llm_cost $6
