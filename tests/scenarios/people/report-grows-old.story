# A reported figure counts for half an hour: then it is too old, which is no pass, and somebody reports anew.
# plan: ../plans/reports.yaml

report survey 4.5 by tina
at 10% + 3h: report survey 4.6 by tina
at 50% + 50m: report survey 4.4 by tina
at 100% + 80m: report survey 4.4 by tina
