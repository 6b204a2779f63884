# A variable that already says something else refuses the start: nothing was written.
# plan: ../plans/quick.yaml

edit QUICK_PERCENT=30
