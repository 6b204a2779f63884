# The smoke tests fail in production: the pilot partners wait until they pass.
# plan: plans/cohorts.yaml
# auto-approve
# told from: internal-test

report all
check smoke fails
at stage internal-test + 90m: check smoke passes
at stage friendly-gp + 5m: end
