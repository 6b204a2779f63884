# A gate turns false while the question is open: it is withdrawn with all answers, and asked anew when it holds.
# plan: ../plans/consent.yaml

tick all
at 10% + 15m: approve by lena
at 10% + 20m: error_rate canary 2% for 10m
at 10% + 2h: approve by lena
at 10% + 2h: approve by sam
at 10% + 2h: approve by sue
