# A managed variable edited by hand pauses; a person who resumes has it written over.
# plan: ../plans/quick.yaml

at 10% + 3m: edit QUICK_PERCENT=40
at 10% + 30m: resume by tina "that was me"
