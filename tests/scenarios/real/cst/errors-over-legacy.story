# Half a percentage point more errors than legacy, for two minutes: back to 0 %, and on-call is paged.
# plan: plans/cst.yaml
# auto-approve
# told from: expanded

report all
at 25% + 10m: error_rate canary 2%
