# A rate that strays no further than it did in the last week, and than in the last fifteen hours, is passed.
# plan: ../plans/usual.yaml

