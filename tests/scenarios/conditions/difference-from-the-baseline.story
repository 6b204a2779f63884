# A difference from the baseline: 4 % against 1.5 % is more than one point above it, and below every fixed line.
# plan: ../plans/limits.yaml

at 10% + 3m: error_rate canary 4%
