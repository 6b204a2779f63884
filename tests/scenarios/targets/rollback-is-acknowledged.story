# A rollback that cannot be verified calls again and again, until somebody says that they know; it goes on all the same.
# plan: ../plans/quick.yaml

at 10% + 1m: function forbidden for 55m
at 10% + 2m: rollback by tina
at 10% + 25m: acknowledge by tina "the key is being restored"
