# A single signal acts at once, and whoever has just said it does not set it off again.
# plan: ../plans/odd.yaml

at 10% + 10m: signal odd by ada
at 10% + 12m: signal odd by ada
at 10% + 13m: signal odd by ben
at 10% + 25m: signal odd by ada
