# The stop line with --roll-back: everything goes back, at once.
# plan: ../plans/quick.yaml

at 50% + 3m: stop --roll-back by tina "a bad night"
