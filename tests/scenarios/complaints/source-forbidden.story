# A source that may not be asked is not an empty one: it is said so, held, and people are told when it is late.
# plan: ../plans/quick.yaml

at 10% + 3m: source forbidden
