# More than 5 % errors in phase 4: on-call is paged and looks within the hour.
# plan: plans/valine.yaml
# auto-approve
# told from: developers

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage developers + 3h: error_rate canary 8% for 10m
at stage developers + 3h20m: review by on-call "a bad deployment, undone"
at stage developers + 12h: end
