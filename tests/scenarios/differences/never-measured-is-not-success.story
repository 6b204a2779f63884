# Never measured is not success: the gate's metric never had a point, and the stage is not left.
# plan: ../plans/quick.yaml

no data in error_rate
