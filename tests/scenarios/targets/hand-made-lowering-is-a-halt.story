# Whoever puts the old values back by hand is obeyed: that is a halt, not drift.
# plan: ../plans/quick.yaml

at 50% + 3m: edit QUICK_PERCENT=0
at 50% + 3m: edit QUICK_ENABLED=false
