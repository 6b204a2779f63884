# Somebody reports exposed personal data: an emergency rollback at once, and devops is paged.
# plan: plans/elite.yaml
# auto-approve
# told from: phase-1

report all
at 5% + 6h: signal pii-exposure by backend-engineer "a name in the log"
