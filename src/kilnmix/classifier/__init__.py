"""The multi-task classifier: network, losses, batches, training, many trainings at once, prediction.

`run`, `results` and `many` import neither torch nor Lightning, so a process that only hands out trainings need not
load them.
"""
