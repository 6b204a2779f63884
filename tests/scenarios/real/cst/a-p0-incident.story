# A P0 incident is reported: back to 0 % at once.
# plan: plans/cst.yaml
# auto-approve
# told from: canary

report all
at 10% + 1h: signal p0-incident by lea "the editor hangs for everybody"
