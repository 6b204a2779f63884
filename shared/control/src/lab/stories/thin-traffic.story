# A request every ten minutes: too few samples to judge, and a single one never rolls anything back.
tick all
approve all
report all
traffic 6/hour
