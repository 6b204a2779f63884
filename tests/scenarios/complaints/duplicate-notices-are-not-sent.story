# A guardrail that stays true for forty minutes says so once, not every minute.
# plan: ../plans/steps.yaml

at 10% + 2m: hit_rate canary 40% for 40m
at 10% + 1h: resume by otto
at 10% + 2h: rollback by otto
