# A pause never raises: while a raise is on its way, it goes back to the exposure before.
# plan: ../plans/quick.yaml

at 10% + 9m: function busy for 8m
at 10% + 14m: pause by tina "not now"
at 10% + 1h: resume by tina
at 10% + 2h: rollback by tina
