# A review that nobody answers in time pauses, and goes to the next in line.
# plan: ../plans/steps.yaml

at 5% + 3m: memory canary 4GB for 2m
