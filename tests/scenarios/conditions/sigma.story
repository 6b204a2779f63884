# A rate is far beyond what it strayed in a week: twice in a row is nothing yet, three times is.
# plan: ../plans/usual.yaml

at 10% + 10m: denial_rate 2% for 2m
at 10% + 40m: denial_rate 2%
