# The checks fail at first and pass a day later.
tick all
approve all
report all
check all fails
at 1d: check all passes
