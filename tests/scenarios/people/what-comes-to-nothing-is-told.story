# What a person does in vain is told with its reason: too early, by somebody without the role, or where it is so already.
# plan: ../plans/consent.yaml

tick all
at 10% + 1m: approve by lena
at 10% + 2m: promote --force by lena
at 10% + 3m: complete by tina
at 10% + 4m: rollback to 90% by tina
at 10% + 5m: resume by tina
at 10% + 6m: go by tina
at 10% + 7m: go by admin
at 10% + 20m: approve by lenaa
at 10% + 21m: reject by lena "not today"
at 10% + 22m: tick "Runbook" by tina
at 10% + 23m: end
