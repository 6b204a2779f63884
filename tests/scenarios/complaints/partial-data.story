# Answers that are not whole are not known: nothing is promoted on them, and nothing rolled back.
# plan: ../plans/quick.yaml

at 10% + 3m: partial data for 30m
