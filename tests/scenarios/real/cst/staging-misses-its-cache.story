# In staging the hit rate is too low for a while: engineering is told, and the stable week begins anew.
# plan: plans/cst.yaml
# auto-approve

report all
at 2d: staging_cache 70% for 2h
at 10% + 1h: end
