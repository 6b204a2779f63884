# What a function says is not known while it cannot be read: nothing is asked or promoted until it can be, and why is said.
# plan: ../plans/quick.yaml

at 10% + 2m: function unreadable for 3h
