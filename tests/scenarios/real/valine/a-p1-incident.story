# A P1 incident: on-call is paged and looks within the hour; nothing goes on before they have.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: signal p1-incident by ada "no previews"
at stage admin-canary + 3h20m: review by on-call "a flag of ours, mended"
at stage admin-canary + 12h: end
