"""A pilot's variances: right in size, blind to differences."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kilnmix.statistics import pilot, scores
from kilnmix.statistics.coverage import PRIMARY
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.simulation import SimulationSettings, Simulator

WORLD = SimulationSettings(
    objects=150, classes=(3, 4), adapters=2, seeds=3, seed_class=0.3, adapter_class=0.3, adapter_overall=0.1
)
STUDY = Simulator(WORLD, 400).draw(np.random.default_rng(3)).tasks


def layout(classes: tuple[int, ...] = (20, 10)) -> TaskOutcomes:
    truth = np.repeat(np.arange(len(classes)), classes)
    n = len(truth)
    return TaskOutcomes(
        task="glaze",
        classes=tuple("abcdef"[: len(classes)]),
        scored=tuple(range(len(classes))),
        truth=truth,
        objects=np.arange(n),
        folds=np.zeros(n, np.int64),
        weights=np.ones(n),
        predicted={"real": np.zeros((4, 5, n), np.int64)},
    )


def test_the_plan_is_the_same_when_two_arms_change_places() -> None:
    swapped = [
        dataclasses.replace(
            task,
            predicted={
                **task.predicted,
                "mix-90-10": task.predicted["real"],
                "real": task.predicted["mix-90-10"],
            },
        )
        for task in STUDY
    ]
    pair = [("mix-90-10", "real")]
    assert pilot.read([[t] for t in swapped], pair) == pilot.read([[t] for t in STUDY], pair)


def test_a_constant_added_to_an_arm_changes_nothing() -> None:
    task = STUDY[0]
    macro = task.macro()
    parts = scores.linearised(task, "mix-90-10", macro) - scores.linearised(task, "real", macro)
    before = pilot.components(parts, task)
    # A better arm: five points of macro-F1 more, in every run, by any division over classes.
    shares = np.random.default_rng(0).dirichlet(np.ones(len(task.classes)))
    sizes = np.bincount(task.object_classes)
    after = pilot.components(parts + (0.05 * shares / sizes)[task.object_classes][:, None, None], task)
    for name in ("own", "by_adapter", "by_seed"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-10)
    assert (after.seed, after.adapter) == (pytest.approx(before.seed), pytest.approx(before.adapter))
    assert (after.tails, after.classwise) == pytest.approx((before.tails, before.classwise))


def test_what_is_read_sums_to_zero_whatever_the_difference_is() -> None:
    task = STUDY[0]
    worse = dataclasses.replace(task, predicted={**task.predicted, "mix-90-10": np.zeros_like(task.predicted["real"])})
    macro = task.macro()
    assert scores.score(worse, "mix-90-10") < scores.score(task, "mix-90-10") - 0.1
    for outcomes in (task, worse):
        assert scores.linearised(outcomes, "mix-90-10", macro).mean((1, 2)).sum() == pytest.approx(0, abs=1e-12)


def test_variance_components_are_those_that_were_put_in() -> None:
    # Two classes, variances of an object's F1 o = 0.5, oa = 0.3, os = 0.4 in both; of runs 4e-3 and adapters 9e-3 on
    # each class by itself, so half of that on their mean. Over many draws the estimates average to these.
    task, rng = layout((40, 30)), np.random.default_rng(1)
    sizes = np.bincount(task.truth)[task.truth][:, None, None]
    found = []
    for _ in range(300):

        def noise(variance: float, *shape: int) -> np.ndarray:
            return np.sqrt(variance) * rng.standard_normal(shape)

        e = noise(0.5, 70, 1, 1) + noise(0.3, 70, 4, 1) + noise(0.4, 70, 4, 5)
        e = e + (noise(9e-3, 2, 4, 1) + noise(4e-3, 2, 4, 5))[task.truth]
        found.append(pilot.components(e / sizes / 2, task))

    def mean(values: list[float]) -> float:
        return float(np.mean(values))

    for name, variance in (("own", 0.5), ("by_adapter", 0.3), ("by_seed", 0.4)):
        for label in "ab":
            assert mean([getattr(m, name)[label] for m in found]) == pytest.approx(variance, rel=0.1)
    for place in (0, 1):
        assert mean([m.seed[place] for m in found]) == pytest.approx(2e-3, rel=0.2)
        assert mean([m.adapter[place] for m in found if m.adapter]) == pytest.approx(4.5e-3, rel=0.2)


def test_objects_are_carried_over_to_the_classes_that_will_be_tested() -> None:
    moments = pilot.Moments(
        "glaze", 2, {"a": 0.4, "b": 0.2}, {"a": 0.0, "b": 0.0}, {"a": 0.2, "b": 0.2}, (0, 0), (0, 0), 0.5, 4.0, (8, 4)
    )
    found = pilot.planned(pilot.PilotVariance(moments, 3e-4, 6e-4), {1: {"a": 10, "b": 5, "c": 20}})
    objects = found.objects[1]
    # c, which the pilot has not seen, has the mean 0.3; one object that differs: (10 + 5 + 20)/35 of 1/(3 n)^2.
    least = sum(n / 35 / (3 * n) ** 2 for n in (10, 5, 20))
    assert objects.own == pytest.approx((0.4 / 10 + 0.2 / 5 + 0.3 / 20) / 9 + least)
    seen = objects.own - least
    assert objects.df == pytest.approx(objects.own**2 / (seen**2 / (0.5 * (9 + 4 + 19)) + least**2 / 3))
    assert (found.adapter, found.seed) == pytest.approx((3e-4 * 2 / 3, 6e-4 * 2 / 3))


def test_a_pilot_of_one_seed_tells_nothing_and_of_one_adapter_only_seeds() -> None:
    task = STUDY[0]
    once = dataclasses.replace(task, predicted={arm: p[:, :1] for arm, p in task.predicted.items()})
    assert pilot.read([[once]], PRIMARY) == []
    alone = dataclasses.replace(task, predicted={arm: p[:1] for arm, p in task.predicted.items()})
    (found,) = pilot.read([[alone]], PRIMARY)
    assert found.adapter is None
    assert pilot.planned(found, {1: {"class-0": 9}}).adapter is None
