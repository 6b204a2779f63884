# A rejection pauses with its note; resumed, the question is asked anew.
# plan: ../plans/consent.yaml

tick all
at 10% + 15m: approve by lena
at 10% + 20m: reject by sue "not on a Friday"
at 10% + 3h: resume by lena
at 10% + 4h: approve by lena
at 10% + 4h: approve by sam
at 10% + 4h: approve by sue
