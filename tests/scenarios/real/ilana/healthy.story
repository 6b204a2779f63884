# The simple prompt, with nothing wrong: ten steps, from staging to the day on which the rollout is complete.
# plan: plans/ilana.yaml
# auto-approve

report all
