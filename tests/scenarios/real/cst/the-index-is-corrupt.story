# The index fails its validation: back to 0 % at once, in whatever stage.
# plan: plans/cst.yaml
# auto-approve
# told from: canary

report all
at 10% + 1h: signal index-corruption by lea "validation failed on two shards"
