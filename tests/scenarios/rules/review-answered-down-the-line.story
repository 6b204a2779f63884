# Whoever is next in line answers the review, and it goes no further; somebody resumes.
# plan: ../plans/line.yaml

at 5% + 3m: memory 4GB for 2m
at 5% + 40m: review by oona "a batch job"
at 5% + 50m: resume by tina
