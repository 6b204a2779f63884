# A report switches one cohort off: it alone is taken out, the bake stands still, and a person gives it back.
# plan: ../plans/cohorts.yaml

at stage beta + 30m: signal beta-complaint by tina
at stage beta + 1h: enable beta by tina
