# A hand-typed command loses what it does not repeat: the rollout pauses and tells engineering.
# plan: plans/valine.yaml
# auto-approve
# told from: admin-canary

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage admin-canary + 3h: unset DISABLE_UX_UPDATES
