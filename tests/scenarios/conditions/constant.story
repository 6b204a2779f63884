# A constant limit: 8 % of errors in both arms is no worse than the baseline, and still too many.
# plan: ../plans/limits.yaml

at 10% + 3m: error_rate 8%
