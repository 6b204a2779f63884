# Waiting for people is never late: nobody ticks for two days, and the check is kept fresh meanwhile.
# plan: ../plans/consent.yaml

at 10% + 2d: tick "runbook" by tina
approve all
