# A P2 incident: engineering is told, and has four hours.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: signal p2-incident by ada
at stage admin-canary + 12h: end
