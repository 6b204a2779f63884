# A function that is unreadable at first is waited for.
# plan: ../plans/quick.yaml

function unreadable for 10m
at 10% + 1m: rollback by tina
