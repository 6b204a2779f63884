# A checklist that nobody ticks over a weekend keeps the stage waiting; the guardrail still takes it back.
# plan: ../plans/consent.yaml

at 2d: error_rate canary 20%
