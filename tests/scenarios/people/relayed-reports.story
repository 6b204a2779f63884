# A machine relays what users report: each of them counts once, and nobody but a machine speaks for others.
# plan: ../plans/reports.yaml

at 10% + 1m: signal complaint from user-1 by machine
at 10% + 2m: signal complaint from user-1 by machine
at 10% + 3m: signal complaint from user-2 by machine "it is slow"
at 10% + 4m: signal complaint from user-3 by ada
at 10% + 20m: signal complaint from user-1 by machine
at 10% + 21m: signal complaint from user-3 by machine
