# What would outgrow Lambda's 4 KB with the mark in it is refused before the first write.
# plan: ../plans/tight.yaml
