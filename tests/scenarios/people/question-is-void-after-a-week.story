# Consent is void after seven days: what was approved on Monday is asked again the next.
# plan: ../plans/consent.yaml

tick all
at 10% + 15m: approve by lena
at 8d: approve by sam
at 8d: approve by sue
