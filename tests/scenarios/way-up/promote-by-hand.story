# A person asks to go on: it is on the record, and without force the bake and every gate are waited for all the same.
# plan: ../plans/stages.yaml

at 10% + 4m: promote by tina "we are in a hurry"
at 25% + 4m: promote by tina
at 100% + 5m: complete by tina "done"
