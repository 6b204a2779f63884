# CloudWatch's alarm about errors rings in phase 4: engineering is told.
# plan: plans/valine.yaml
# auto-approve
# told from: developers

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage developers + 3h: alarm valine-ux-agent-high-error-rate rings for 10m
at stage developers + 12h: end
