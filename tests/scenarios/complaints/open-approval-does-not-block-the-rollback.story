# A waiting gate does not block the rollback: the approval is still open when the candidate breaks.
# plan: ../plans/consent.yaml

tick all
at 10% + 15m: approve by lena
at 10% + 20m: error_rate canary 20%
