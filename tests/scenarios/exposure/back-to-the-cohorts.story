# A guardrail goes back from the sample to the stage before: its cohorts, and nobody else. It ends paused.
# plan: ../plans/cohorts.yaml

at stage sample + 30m: error_rate canary 3% for 8m
