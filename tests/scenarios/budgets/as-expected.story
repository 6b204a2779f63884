# Exposed traffic spends what the plan expects: nobody is told, and nothing is held off.
# plan: ../plans/budget.yaml
