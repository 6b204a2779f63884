# Each endpoint is below 2 % errors, but all together fall below 99.5 % availability: it is taken back.
# plan: plans/elite.yaml
# auto-approve
# told from: phase-2

report all
at 10% + 1h: availability canary 99.2%
