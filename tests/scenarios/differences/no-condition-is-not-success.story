# No condition is not success: with nothing to judge, the last stage waits for a person.
# plan: ../plans/open.yaml
