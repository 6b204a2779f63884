# Somebody reports what the plan rolls back for: the report alone is enough.
tick all
approve all
report all
at exposure + 45m: signal any by ada
