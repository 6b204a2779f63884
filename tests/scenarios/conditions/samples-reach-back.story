# `from 50 samples`: at a request a minute the window reaches back until it holds fifty of them.
# plan: ../plans/thin.yaml

traffic 4/min
at 10% + 40m: error_rate canary 60%
