# The bot does not respond: it is rolled back at once, and on-call is paged.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: signal bot-unresponsive by ada
