# From the first exposure on the candidate gets worse little by little, until a guardrail notices.
tick all
approve all
report all
at exposure + 30m: leak
