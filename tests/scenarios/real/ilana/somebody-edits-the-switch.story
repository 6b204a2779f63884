# Somebody switches the prompt on by hand for more users: the rollout pauses and tells the team.
# plan: plans/ilana.yaml
# auto-approve
# told from: canary

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 5% + 1h: edit SIMPLE_AZURE_PROMPT_PERCENT=50
