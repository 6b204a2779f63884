# Other people's updates and throttling are in the way while the candidate breaks.
tick all
approve all
report all
function busy for 10m
at 25% + 10m: breach
at 25% + 12m: throttled for 5m
