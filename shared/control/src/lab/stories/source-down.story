# The source of metrics fails for an hour, then may not be asked for another.
tick all
approve all
report all
at exposure + 30m: source fails for 1h
at exposure + 2h: source forbidden for 1h
