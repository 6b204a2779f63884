# A function that is not there refuses the start at once.
# plan: ../plans/quick.yaml

function missing
