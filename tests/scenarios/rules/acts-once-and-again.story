# A rule acts once, is armed again once known false, and acts anew on a later breach.
# plan: ../plans/steps.yaml

at 10% + 2m: hit_rate canary 40% for 3m
at 10% + 12m: resume by otto
at 10% + 15m: hit_rate canary 40% for 3m
at 10% + 1h: resume by otto
at 50% + 1m: rollback by otto
