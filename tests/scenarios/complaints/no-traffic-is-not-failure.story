# No traffic is not failure: nothing is measured, nothing is rolled back, and a person is asked when it is late.
# plan: ../plans/quick.yaml

at 10%: traffic 0/min
