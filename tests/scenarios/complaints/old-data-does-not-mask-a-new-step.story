# Old data does not mask a new step: an hour's window holds nothing from before the 50 %, so minutes are enough.
# plan: ../plans/windows.yaml

at 50% + 5m: error_rate 4%
