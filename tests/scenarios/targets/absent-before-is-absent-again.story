# A variable that was absent before is absent again after a rollback, and somebody else's stays.
# plan: ../plans/quick.yaml

unset QUICK_PERCENT
edit OWNER=payments
at 10% + 3m: edit LOG_LEVEL=debug
at 10% + 5m: rollback by tina
