# Later than twice its bake: paused once and the owner told; resumed, it waits as long as it takes.
# plan: ../plans/limits.yaml

cost canary 0.8x
at 10% + 1h: resume by tina
at 10% + 4h: cost recovers
