# The CST pipeline breaks at 25 %: it is back to what was there before within minutes, and on-call is paged once.
# plan: plans/cst.yaml
# auto-approve
report all
at 25% + 10m: breach
