# At 25 % the candidate breaks, and the rollout is taken back by itself.
tick all
approve all
report all
at 25% + 10m: breach
