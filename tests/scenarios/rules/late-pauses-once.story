# Later than twice its bake: paused once, the owner told; waiting for people is never late.
# plan: ../plans/consent.yaml

error_rate 2%
at 10% + 1h: resume by tina
at 10% + 2h: error_rate 0.2%
at 10% + 5h: rollback by tina
