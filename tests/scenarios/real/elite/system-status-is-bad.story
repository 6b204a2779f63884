# The system status does not answer well: nobody is exposed until it does.
# plan: plans/elite.yaml

tick all
report all
check status fails
at 30m: check status passes
at 5% + 1h: end
