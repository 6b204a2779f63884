# Nobody approves: the rollout asks, waits, and gives nothing away.
tick all
report all
