# A candidate has no history before its exposure: until there is enough the stage is held, and late with the reason.
# plan: ../plans/young.yaml

at 100% + 1h: latency canary 400ms
