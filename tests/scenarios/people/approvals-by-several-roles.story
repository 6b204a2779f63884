# Approvals are asked last, when all else holds: one lead and two different people of sre.
# plan: ../plans/consent.yaml

tick all
at 10% + 20m: approve by lena "looks good"
at 10% + 30m: approve by sam
at 10% + 40m: approve by sam
at 10% + 50m: approve by sue
