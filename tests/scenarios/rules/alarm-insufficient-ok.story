# Where the plan says so, too little data is as good as quiet.
# plan: ../plans/alarms.yaml

at 50% + 10m: alarm db-connections insufficient
