# Every hour the candidate is bad for two minutes and well again.
tick all
approve all
report all
every 1h from exposure: breach for 2m
