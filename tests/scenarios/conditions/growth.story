# Growth: 80 MB a minute is a leak, long before anything is full.
# plan: ../plans/limits.yaml

at 50% + 2m: memory canary grows 80MB/min
