# Everybody has it, the rollout has completed, and $5 are spent on a day: engineering is told, until the budget is closed.
# plan: plans/valine.yaml
# auto-approve
# told from: general-availability

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage general-availability + 20d: llm_cost $5.20
at stage general-availability + 482h: close-budget llm_cost by paula "parsing is done without the model"
