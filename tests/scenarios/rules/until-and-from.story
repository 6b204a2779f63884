# `until` and `from`: what rolls back in the small stages is borne at 50 %, where a looser rule is in force.
# plan: ../plans/steps.yaml

at 50% + 2m: queue canary 700
at 50% + 10m: queue canary 950
