# An admin forces the way up, on the record; a stage with `force: never` is entered by its own doors only.
# plan: ../plans/stages.yaml

at 10% + 2m: promote --force by tina "I am no admin"
at 10% + 3m: promote --force by admin "we have a fix to ship"
at 25% + 2m: promote --force by admin
at 50% + 2m: promote --force by admin
at 100% + 5m: complete by tina
