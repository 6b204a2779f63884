# `for any`: one language of three breaks, and its name stands in the log.
# plan: ../plans/members.yaml

at 10% + 3m: error_rate language=python canary 12%
