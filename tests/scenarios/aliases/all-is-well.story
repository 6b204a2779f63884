# Callers use an alias: on the way up versions are published, and it points to each in turn.
# plan: ../plans/called.yaml
