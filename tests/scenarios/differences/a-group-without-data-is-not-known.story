# A group without data does not score full marks: one language was never measured, and it is named.
# plan: ../plans/members.yaml
# metrics: without-go.csv
