# A check that fails keeps the door shut and is tried again; once it passes, people are asked.
# plan: ../plans/consent.yaml

check health fails
tick all
at 10% + 25m: check health passes
approve all
