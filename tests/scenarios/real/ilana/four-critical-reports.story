# The fourth critical report of users within a day switches it off; three do not.
# plan: plans/ilana.yaml
# auto-approve
# told from: increase-to-15

at stage internal-users + 1h: report internal-feedback 90% by product-manager
at 15% + 1h: signal critical-report by ana "a wrong dose"
at 15% + 3h: signal critical-report by ben
at 15% + 8h: signal critical-report by carla
at 15% + 20h: signal critical-report by dmitri
