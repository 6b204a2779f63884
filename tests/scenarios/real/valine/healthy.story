# The UX agent, with nothing wrong: dark, admins, PMs, developers, LLM parsing on the way, everybody.
# plan: plans/valine.yaml
# auto-approve

report all
at stage infrastructure + 47h: report open_bugs 0 by team-lead
