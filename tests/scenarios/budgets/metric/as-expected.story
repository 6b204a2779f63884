# A metric is the meter, and shows what was expected: all of it is counted, and nobody is told.
# plan: ../../plans/metered.yaml
