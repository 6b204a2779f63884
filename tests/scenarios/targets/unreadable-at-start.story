# A function whose environment cannot be read is not an empty one: after half an hour the start is refused.
# plan: ../plans/quick.yaml

function unreadable
