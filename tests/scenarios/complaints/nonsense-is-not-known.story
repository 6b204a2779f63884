# A figure that is no number is neither good nor bad.
# plan: ../plans/quick.yaml

at 10% + 3m: NaN in latency
