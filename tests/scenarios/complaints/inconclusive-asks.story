# What stays inconclusive asks a person instead of aborting or looping: late, it pauses; resumed, it goes on waiting.
# plan: ../plans/thin.yaml

traffic 60/hour
at 3h: resume by tina "give it another hour"
at 4h: traffic 600/min
