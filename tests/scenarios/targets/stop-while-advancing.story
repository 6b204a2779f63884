# The stop line while a raise is on its way: it goes back to the exposure before, and waits.
# plan: ../plans/quick.yaml

at 10% + 9m: function busy for 8m
at 10% + 14m: stop by tina
at 10% + 30m: go by admin
at 10% + 1h: resume by tina
