# A mistyped metric has no data: the gate does not pass, the reason says so, and a person is asked.
# plan: ../plans/quick.yaml

no data in latency
