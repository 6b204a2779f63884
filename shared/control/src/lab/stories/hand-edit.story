# Somebody takes the code of the function away under the rollout, then changes LOG_LEVEL, which no plan sets.
tick all
approve all
report all
at exposure + 20m: deploy code-2
at exposure + 1h: edit LOG_LEVEL=debug
