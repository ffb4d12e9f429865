"""Points of learning curves, counted in objects by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.experiment.learning_curve import gap_interval, score_interval
from kilnmix.report.collect.learning_curves import curve_points
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import Rules, StudyVerdict
from tests.composed import settings


def test_a_point_for_every_share_of_the_photographs() -> None:
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2
    answers = {
        arm: np.where(rng.random((1, 3, 40)) < right, truth, 1 - truth)
        for arm, right in (("real", 0.9), ("real-at-25", 0.6), ("mix", 0.9))
    }
    task = TaskOutcomes(*("type", ("a", "b"), (0, 1), truth, np.arange(40), np.zeros(40, int), np.ones(40), answers))
    params = settings(
        arms={"real": {}, "real-at-25": {"photographs": 0.25}, "mix": {"source": "synthetic", "share": 0.1}},
        experiment={"primary": [], "control": {}},
        folds=[0],
        pool_folds=[0],
        refit_pool=0,
    )
    # Eleven training objects, one of them with two photographs; a quarter of them is 2.75.
    photographs = Prepared(
        Path(), (Task("type", ("a", "b"), {}),), np.arange(14).astype(str), np.array([0, *range(13)]),
        {"type": np.zeros(14, int)}, {0: np.array(["train"] * 12 + ["test"] * 2)}, np.full(14, ""),
    )  # fmt: skip
    verdict = StudyVerdict("adapter", Rules(), 0.0, ())
    small, whole = curve_points(params, photographs, verdict, (task,))
    assert [(point.arm, point.objects) for point in (small, whole)] == [("real", 3), ("real", 11)]
    assert (small.f1, small.low, small.high) == score_interval(task, "real-at-25", "adapter", 0.05)
    assert small.gap == gap_interval(task, "real-at-25", "real", "adapter", 0.05)
    assert small.gap is not None and small.gap[1] < 0
    assert whole.f1 == pytest.approx(score_interval(task, "real", "adapter")[0])  # type: ignore[index]
