# A person points the alias to the version from before: that is a halt, and everything goes back.
# plan: ../plans/called.yaml

at 50% + 2m: point live to 1
