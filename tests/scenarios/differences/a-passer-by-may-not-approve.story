# Without a role nobody approves, whatever is switched off: not a passer-by, not a machine, not the one who started it.
# plan: ../plans/consent.yaml

tick all
at 10% + 15m: approve by passer-by
at 10% + 16m: approve by machine
at 10% + 17m: approve by admin
at 10% + 18m: approve by sam
at 10% + 19m: approve by sam
