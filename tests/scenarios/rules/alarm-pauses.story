# An alarm pauses, and a person resumes; while it rings nothing goes on.
# plan: ../plans/alarms.yaml

at 50% + 10m: alarm db-connections rings for 50m
at 50% + 20m: resume by tina "looking at it"
at 50% + 40m: resume by tina "still looking"
