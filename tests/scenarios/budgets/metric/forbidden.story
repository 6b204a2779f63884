# While a metric that is the meter may not be asked, no stage is left; what it shows afterwards is all counted.
# plan: ../../plans/metered.yaml

at stage trial: llm_cost grows $1/hour for 4h
at stage trial + 1h: source forbidden for 3h
