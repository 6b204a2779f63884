# Whoever pauses looks at what is exposed; whoever edits it meanwhile is found, and the resume before that is too late.
# plan: ../plans/quick.yaml

at 10% + 1m: pause by tina "I look at the logs"
at 10% + 3m: edit QUICK_PERCENT=100
at 10% + 20m: resume by tina "that was a test"
at 10% + 30m: end
