# Nothing runs for an hour while it breaks: the first tick after it rolls back, and nobody had to restart anything.
# plan: ../plans/quick.yaml

at 50% + 2m: doors down for 1h
at 50% + 4m: error_rate canary 20%
