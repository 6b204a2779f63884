# Negative feedback of a single admin: it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: signal negative-feedback by ada "it opened the wrong section"
