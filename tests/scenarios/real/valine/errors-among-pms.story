# More than 0.5 % errors over the phase: it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: pm-users

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage pm-users + 3h: error_rate canary 0.8%
