# More than 1 % errors in phase 4: engineering is told, and nothing goes back.
# plan: plans/valine.yaml
# auto-approve
# told from: developers

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage developers + 3h: error_rate canary 3% for 20m
at stage developers + 12h: end
