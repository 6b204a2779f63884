# For an hour the source's answers are not whole: nothing is promoted on them, and nothing is taken back.
tick all
approve all
report all
at exposure + 30m: partial data for 1h
