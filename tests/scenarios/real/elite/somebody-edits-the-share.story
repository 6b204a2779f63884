# Somebody raises the percentage by hand: the rollout pauses, and writes over it when a person says so.
# plan: plans/elite.yaml
# told from: phase-1

tick all
report all
at 5% + 1h: edit ELITE_PERCENT=40
at 5% + 1h30m: resume by devops-engineer "that was me"
at 5% + 2h: end
