# Stable and canary disagree on too many pairs: the beta does not begin until they agree.
# plan: plans/cohorts.yaml
# auto-approve
# told from: friendly-gp

report all
at stage friendly-gp + 20h: report diff 0.9% from 1000 samples by releases
at stage friendly-gp + 26h: report diff 0.1% from 1000 samples by releases "rounding mended"
at stage beta + 5m: end
