# Figures ten minutes late are no breach and no pass; what they then show is still seen.
# plan: ../plans/quick.yaml

at 10% + 4m: data late by 10m
at 10% + 6m: error_rate canary 20% for 5m
