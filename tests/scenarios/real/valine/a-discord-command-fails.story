# Deployed with the features disabled, and a Discord command fails: it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: infrastructure

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage infrastructure + 3h: discord_failures 1 for 5m
