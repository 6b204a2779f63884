# A page says how bad it is, within what time to respond, and where to look.
# plan: ../plans/line.yaml

at 25% + 5m: error_rate 8%
