# Deployed with the features disabled, and Lambda errors: it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: infrastructure

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage infrastructure + 3h: error_rate canary 0.02% for 1m
