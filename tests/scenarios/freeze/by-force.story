# An admin's force passes over a freeze, and the log keeps what it passed over.
# plan: ../plans/frozen.yaml

at 1d14h: promote --force by admin "the fix cannot wait"
at 1d15h: rollback by tina
