# Somebody has pushed code that nobody has released: nothing is published, and nobody is exposed to it.
# plan: ../plans/called.yaml

at 10% + 3m: deploy code-2
at 2h: end
