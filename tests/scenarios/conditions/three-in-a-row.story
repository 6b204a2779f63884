# `3 times in a row`: the newest three values count, and a minute without one in between does not hide them.
# plan: ../plans/holds.yaml

at 10% + 4m: latency 2s
at 10% + 6m: no data in latency for 1m
