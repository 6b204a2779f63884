# A person passes an optional stage over; one that is not optional stays in the way.
# plan: ../plans/stages.yaml

at 10% + 1m: skip half by tina
at 10% + 2m: skip quarter by tina
at 100% + 30m: complete by tina
