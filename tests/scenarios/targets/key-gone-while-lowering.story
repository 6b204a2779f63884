# A rollback that cannot be written says what is in the way, again and again, and goes on trying.
# plan: ../plans/quick.yaml

at 10% + 2m: function forbidden for 40m
at 10% + 4m: rollback by tina
