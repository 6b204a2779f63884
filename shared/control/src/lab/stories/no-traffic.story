# Nobody comes: absence of evidence is neither a pass nor a breach, so the rollout waits and says why.
tick all
approve all
report all
at exposure: traffic 0/min
