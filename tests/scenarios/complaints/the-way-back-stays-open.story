# A rule that rings and pauses does not block the fix: a person rolls back all the same.
# plan: ../plans/steps.yaml

at 10% + 2m: hit_rate canary 40%
at 10% + 20m: rollback by otto "we ship the fix tomorrow"
