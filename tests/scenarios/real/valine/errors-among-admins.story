# More than 1 % errors while only admins have it: it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: error_rate canary 3%
