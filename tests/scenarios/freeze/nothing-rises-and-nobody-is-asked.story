# In a freeze nothing rises, is asked or ends: it goes on with the first minute of the next day in Berlin.
# plan: ../plans/frozen.yaml

approve all
