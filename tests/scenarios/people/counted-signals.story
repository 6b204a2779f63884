# Complaints are counted: the third within an hour is one too many; spread out, they are not.
# plan: ../plans/reports.yaml

at 10% + 1m: signal complaint by ada
at 10% + 40m: signal complaint by ben
at 10% + 80m: signal complaint by eve
at 10% + 85m: signal complaint by kim
