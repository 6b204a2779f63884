# A person asks to go on before the bake is over: its gates are judged on fresh evidence all the same.
# plan: ../plans/stages.yaml

at 10% + 4m: promote by tina
at 100% + 5m: complete by tina
