# Ten times the traffic for half an hour, with nothing wrong.
tick all
approve all
report all
at exposure + 1h: traffic 60000/min for 30m
