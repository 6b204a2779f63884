# An alarm that does not exist is no alarm that is quiet: nobody is exposed without it.
# plan: ../plans/alarms.yaml

alarm prod-high-errors missing for 1h
