# Stop the line: nothing rises anywhere until somebody lets it go.
# plan: ../plans/quick.yaml

at 10% + 5m: stop by tina "an incident elsewhere"
at 10% + 1h: go by admin
