# One person complains again and again and counts once; only three different people take it back.
# plan: ../plans/reports.yaml

every 4m from 10%: signal complaint by ada
at 10% + 30m: signal complaint by ben
at 10% + 40m: signal complaint by eve
