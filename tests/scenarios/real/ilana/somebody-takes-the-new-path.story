# Deployed and switched off, yet a few requests take the new path: nobody is exposed, and it is late.
# plan: plans/ilana.yaml
# auto-approve
# told from: deploy-disabled

at stage deploy-disabled: legacy_share 99.5% for 3h
