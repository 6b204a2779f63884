# The Discord webhook does not answer: the admins wait until it does.
# plan: plans/valine.yaml
# auto-approve
# told from: infrastructure

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
check discord-webhook fails
at stage infrastructure + 2d30m: check discord-webhook passes
at stage admin-canary + 1h: end
