# A rollback that may not be written says what is in the way, in the log and in each alarm.
# plan: ../plans/quick.yaml

at 10% + 1m: function forbidden for 25m
at 10% + 2m: rollback by tina
