# A bad figure pauses; resumed, the same old figure does not pause again, but nothing is promoted on it.
# plan: ../plans/reports.yaml

at 10% + 1h: report survey 4.5 by tina
at 10% + 110m: report survey 4.5 by tina
at 50% + 5m: report survey 2.1 by tina
at 50% + 30m: resume by tina "one angry reader"
at 50% + 50m: report survey 4.2 by tina
at 100% + 50m: report survey 4.2 by tina
