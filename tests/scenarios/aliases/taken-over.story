# Somebody else releases a version of their own: it is theirs, it is not moved, and a person is told.
# plan: ../plans/called.yaml

at 10% + 3m: deploy code-2
at 10% + 4m: release live
at 10% + 20m: rollback by otto
at 40m: end
