# The source's figures come ten minutes late while the candidate breaks.
tick all
approve all
report all
at exposure: data late by 10m
at exposure + 30m: breach
