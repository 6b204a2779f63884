# An open last stage is never left by itself: its gate holds, and still a person completes it.
# plan: ../plans/stages.yaml

skip quarter by tina
at 100% + 3h: complete by tina "it has been quiet"
