# An emergency stop from before refuses the start until somebody knows why.
# plan: ../plans/quick.yaml

edit TIDEGATE=halt
