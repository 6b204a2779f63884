# All is well: each stage bakes, its gate holds over the whole bake, and the last one completes.
# plan: ../plans/quick.yaml
