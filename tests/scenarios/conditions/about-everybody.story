# What is measured of everybody is looked at from before the exposure; of the candidate only from then on.
# plan: ../plans/everybody.yaml

at 10% + 10m: queue 200
at 10% + 10m: latency canary 900ms
