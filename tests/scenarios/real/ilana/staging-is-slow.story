# The endpoint in staging does not answer in time: nothing is deployed until it does.
# plan: plans/ilana.yaml
# auto-approve

check staging fails
at 2h30m: check staging passes
at stage deploy-disabled + 5m: end
