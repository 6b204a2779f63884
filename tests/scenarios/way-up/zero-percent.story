# At 0 % nobody is exposed: rules of the plan rest, and only what the stage itself says is judged.
# plan: ../plans/stages.yaml

error_rate 4%
at stage dark + 4m: error_rate recovers
at 10% + 3m: rollback by tina "that was enough"
