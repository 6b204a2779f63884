# More than 0.5 % of the engine's calls time out for 5 minutes: the rollout pauses.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 1h: engine_timeouts canary 1% for 15m
