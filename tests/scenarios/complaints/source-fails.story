# A source that does not answer for a quarter of an hour costs that quarter, and nothing else.
# plan: ../plans/quick.yaml

at 10% + 5m: source fails for 15m
