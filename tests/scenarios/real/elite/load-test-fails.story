# The load test fails at 50 %: nobody else is exposed until it passes.
# plan: plans/elite.yaml
# auto-approve
# told from: phase-4

report all
check load fails
at 50% + 1d30m: check load passes
at 100% + 1h: end
