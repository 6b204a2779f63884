# All is well: every gate is met, people answer, and the rollout comes to its end.
tick all
approve all
report all
