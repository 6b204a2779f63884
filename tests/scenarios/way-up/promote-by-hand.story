# A person asks to go on before the bake is over: no bake is waited for, but every gate is.
# plan: ../plans/stages.yaml

at 10% + 4m: promote by tina "we are in a hurry"
at 25% + 4m: promote by tina
at 100% + 5m: complete by tina "done"
