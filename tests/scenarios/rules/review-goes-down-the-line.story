# A review that nobody answers pauses, and goes to one after the other until there is nobody left to ask.
# plan: ../plans/line.yaml

at 5% + 3m: memory 4GB for 2m
at 5% + 3h: resume by dora "seen: a batch job"
