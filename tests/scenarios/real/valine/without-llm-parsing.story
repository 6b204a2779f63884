# LLM parsing is skipped: the PM passes it over, and switches it off before everybody has the agent.
# plan: plans/valine.yaml
# told from: developers

tick all
report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
every 6h: approve by paula
at stage developers + 1d: skip llm-parsing by paula "it costs more than it is worth"
at stage developers + 5d10m: disable llm by paula
at stage general-availability + 1h: end
