# The load test fails at 35 %: nobody else is exposed until it passes.
# plan: plans/ilana.yaml
# auto-approve
# told from: increase-to-35

report all
check load fails
at 35% + 3d30m: check load passes
at 65% + 5m: end
