# A P0 incident: it is rolled back at once, and on-call is to respond now.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: signal p0-incident by ada
