# A fourth negative feedback within a week: that is consistent, and it is rolled back.
# plan: plans/valine.yaml
# auto-approve
# told from: pm-users

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
at stage pm-users + 3h: signal negative-feedback by ada
at stage pm-users + 1d: signal negative-feedback by ben
at stage pm-users + 2d: signal negative-feedback by eve
at stage pm-users + 3d: signal negative-feedback by kim
