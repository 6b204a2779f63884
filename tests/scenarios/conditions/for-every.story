# `for every`: two languages are good and one is not good enough, which is no breach and no pass.
# plan: ../plans/members.yaml

error_rate language=go canary 2%
