# At 0 % a rule that the stage itself brings is in force, and ends the rollout before anybody is exposed.
# plan: ../plans/stages.yaml

at stage dark + 3m: error_rate 9%
