# `TIDEGATE=halt` in the function itself rolls back, whatever else is so.
# plan: ../plans/quick.yaml

at 50% + 3m: halt
