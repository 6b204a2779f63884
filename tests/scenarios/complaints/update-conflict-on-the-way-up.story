# Somebody else's update is in progress: the raise waits for it, and loses nobody's variable.
# plan: ../plans/quick.yaml

at 10% + 9m: function busy for 4m
at 10% + 10m: edit LOG_LEVEL=debug
