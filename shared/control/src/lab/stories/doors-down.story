# Nothing runs for an hour while the candidate breaks; afterwards it is found and taken back.
tick all
approve all
report all
at 25% + 10m: doors down for 1h
at 25% + 20m: breach
