"""compare.seconds: the statistics of a large study."""

from __future__ import annotations

import statistics

import numpy as np

from bench.rows import Row, seconds
from kilnmix.statistics import verdicts
from kilnmix.statistics.scores import TaskOutcomes

ARMS = ("real", "mix-95-5", "mix-90-10", "repeat-90-10", "searched", "real-searched")


def _task(name: str, rng: np.random.Generator, objects: int = 1000, classes: int = 10) -> TaskOutcomes:
    truth = rng.choice(classes, size=objects, p=(weights := 0.7 ** np.arange(classes)) / weights.sum())
    answers = {
        arm: np.where(rng.random((5, 2, objects)) < 0.7, truth, rng.integers(0, classes, (5, 2, objects)))
        for arm in ARMS
    }
    counts = np.bincount(truth, minlength=classes)
    return TaskOutcomes(
        task=name,
        classes=tuple(f"class {label}" for label in range(classes)),
        scored=tuple(int(label) for label in np.flatnonzero(counts >= 5)),
        truth=truth,
        objects=np.arange(objects),
        folds=np.zeros(objects, np.int64),
        weights=np.ones(objects),
        predicted=answers,
    )


def measure() -> list[Row]:
    rng = np.random.default_rng(0)
    tasks = [_task(name, rng) for name in ("dynasty", "glaze", "kiln", "type")]
    primary = [("mix-95-5", "real"), ("mix-90-10", "real"), ("searched", "real-searched")]
    comparisons = verdicts.plan(list(ARMS), primary, {}, default_control="repeat-90-10")
    times = [seconds(lambda: verdicts.compare(tasks, comparisons)) for _ in range(5)]
    return [Row("compare.seconds", statistics.median(times), "s", target="<= 10", runs=5)]
