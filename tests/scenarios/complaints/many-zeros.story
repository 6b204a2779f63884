# Rare counts and many zeros: without a single error in either arm there is nothing to divide, and nothing to fear.
# plan: ../plans/limits.yaml

error_rate 0%
