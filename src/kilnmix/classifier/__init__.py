"""The multi-task classifier: data, network, training, metrics, prediction.

`run`, `results`, `training.parallel` and `training.worker` import neither torch nor Lightning, so a process that only
hands out trainings need not load them.
"""
