# One call takes callers back: the alias points to the version from before, whatever stands in the function by then.
# plan: ../plans/called.yaml

at 50% + 1m: deploy code-2
at 50% + 2m: error_rate canary 20%
