# A single report takes everything back at once, in any stage, and pages.
# plan: ../plans/reports.yaml

report survey 4.5 by tina
at 10% + 10m: signal pii-exposure by ada "a name in the log"
