# A guardrail switches a feature off: the bake stands still until a person gives it back.
# plan: ../plans/features.yaml

at 10% + 10m: latency canary 2s for 4m
at 10% + 40m: enable clever by tina "warmed up"
at 100% + 2m: disable plain by tina
at 100% + 6m: enable plain by tina
