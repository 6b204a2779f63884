# In a freeze what protects goes on: a breach on Tuesday afternoon is taken back at once.
# plan: ../plans/frozen.yaml

at 1d14h: breach
