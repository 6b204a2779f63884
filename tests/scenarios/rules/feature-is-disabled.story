# A guardrail switches a feature off: the bake stands still until a person gives it back.
# plan: ../plans/features.yaml

at 10% + 10m: latency 900ms for 10m
at 10% + 20m: enable clever by tina "warmed up"
at 100% + 2m: disable plain by tina
at 100% + 6m: enable plain by tina
