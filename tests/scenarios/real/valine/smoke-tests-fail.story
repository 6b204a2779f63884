# The smoke tests with basic commands fail: the admins wait until they pass.
# plan: plans/valine.yaml
# auto-approve
# told from: infrastructure

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
check smoke fails
at stage infrastructure + 2d30m: check smoke passes
at stage admin-canary + 1h: end
