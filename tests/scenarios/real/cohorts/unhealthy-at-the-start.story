# The health check fails: not even the team is exposed until it passes.
# plan: plans/cohorts.yaml
# auto-approve

report all
check health fails
at 30m: check health passes
at stage internal-test + 5m: end
