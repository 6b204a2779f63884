# What can never be verified is given up by an admin, with a reason, and its lock is freed when no door lives.
# plan: ../plans/quick.yaml

at 50% + 2m: function forbidden
at 50% + 4m: rollback by tina
at 50% + 30m: abandon by admin "the account is gone"
