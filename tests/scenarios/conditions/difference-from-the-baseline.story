# A difference from the baseline: 2 % against 0.3 % is more than one point above it.
# plan: ../plans/limits.yaml

at 10% + 3m: error_rate canary 2%
