# A variable that somebody removes is drift too: unanswered, nothing is written over it, and nothing is promoted.
# plan: ../plans/quick.yaml

at 10% + 3m: unset QUICK_PERCENT
