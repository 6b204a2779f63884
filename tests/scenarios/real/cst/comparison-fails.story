# At 50 % the comparison of both pipelines fails: nobody else is exposed until it passes.
# plan: plans/cst.yaml
# auto-approve
# told from: majority

report all
check compare fails
at 50% + 7d30m: check compare passes
at 100% + 1h: end
