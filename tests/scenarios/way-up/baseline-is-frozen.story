# At 100 % no baseline is left: its last figures are kept in the log, and the guardrails go on against them.
# plan: ../plans/quick.yaml

at 100% + 2m: latency 900ms
