# Within 10 % of the baseline: a fifth cheaper is not within either, so the stage is not left and a person is asked.
# plan: ../plans/limits.yaml

cost canary 0.8x
