# Other code behind the exposure: what was seen was about something else, so the bake starts anew.
# plan: ../plans/quick.yaml

at 10% + 7m: deploy code-2
