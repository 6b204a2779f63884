# A complaint asks devops to look within half an hour; the phase is held until they have.
# plan: plans/elite.yaml
# told from: phase-1

tick all
report all
at 5% + 23h50m: signal user-complaint by backend-engineer "answers are odd"
at 5% + 24h15m: review by devops-engineer "known, and unrelated"
at 10% + 1h: end
