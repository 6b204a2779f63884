# What a metric shows half an hour late counts on its own day: yesterday's money warns nobody today.
# plan: ../../plans/metered.yaml

from start: llm_cost 0x
at 22h: data late by 30m for 4h
at 22h50m: llm_cost $4.20
at 23h10m: llm_cost $4.10
