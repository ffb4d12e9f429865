from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kilnmix.common import seeds
from kilnmix.experiment import costs
from kilnmix.experiment import plan as planner
from kilnmix.statistics import power as planning
from kilnmix.statistics.power import Labels, Shape, halving
from kilnmix.statistics.simulation import SimulationSettings
from kilnmix.statistics.verdicts import Rules
from tests import composed

EVEN = Labels({"a": 60, "b": 60, "c": 30}, {"a": 60, "b": 60, "c": 30})


def draws(task: str, number: int) -> np.random.Generator:
    return seeds.rng(0, "plan", f"{task} {number}")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "STUDIES", 2)
    monkeypatch.setattr(planning, "DRAWS", 200)


def test_halving_is_interpolated_on_logarithmic_scales() -> None:
    assert halving((1, 4, 16), (0.08, 0.04, 0.02)) == pytest.approx(4.0)  # as 1 / sqrt(n): four times the objects
    assert halving((1, 4, 16), (0.08, 0.08 / 2**0.5, 0.04)) == pytest.approx(16.0)
    assert halving((1, 16), (0.08, 0.02)) == pytest.approx(4.0)  # half way in logarithms
    assert halving((1, 4, 16), (0.08, 0.07, 0.06)) is None
    assert halving((1, 4), (None, None)) is None


def test_sizes_of_a_world() -> None:
    settings = SimulationSettings(objects=10, classes=(2,), sizes=(7, 3))
    assert settings.tasks[0].sizes.tolist() == [7, 3]
    with pytest.raises(ValueError, match="add up"):
        SimulationSettings(objects=11, classes=(2,), sizes=(7, 3))


def test_what_a_task_can_show() -> None:
    labels = {"even": EVEN, "few": Labels({"a": 30, "b": 10}, {"a": 6, "b": 2})}
    even, few = planning.predict_power(labels, Shape(1, 1, 3), 1, 5, Rules(), draws)
    assert (even.labelled, even.classes, even.scored, even.tested, even.wanting) == (150, 3, 3, 150, 0)
    assert even.detectable is not None and 0.05 < even.detectable < 0.4
    assert even.best is not None and even.best < even.detectable
    # 6 objects of one class are tested and scored; 34 more at a fifth of all labelled ones.
    assert (few.detectable, few.more, few.scored, few.tested, few.wanting) == (None, None, 1, 6, 170)


def test_more_runs_and_more_objects_show_smaller_effects() -> None:
    def seen(labels: Labels, shape: Shape) -> float:
        (only,) = planning.predict_power({"task": labels}, shape, 3, 5, Rules(), draws)
        assert only.detectable is not None
        return only.detectable

    many = Labels(*({name: 8 * count for name, count in EVEN.tested.items()} for _ in range(2)))
    assert seen(EVEN, Shape(1, 5, 3)) > seen(many, Shape(1, 5, 3)) > seen(many, Shape(5, 5, 3))


def test_a_single_run_shows_nothing() -> None:
    (only,) = planning.predict_power({"task": EVEN}, Shape(1, 1, 1), 3, 5, Rules(), draws)
    assert (only.detectable, only.more, only.wanting) == (None, None, 0)


def test_a_plan_is_the_same_every_time() -> None:
    first, second = (planning.predict_power({"task": EVEN}, Shape(1, 3, 2), 3, 5, Rules(), draws) for _ in range(2))
    assert dataclasses.astuple(first[0]) == dataclasses.astuple(second[0])


def test_sentences_of_a_task() -> None:
    rules = Rules()
    seen = planning.TaskPower("type", 150, 3, 3, 150, 0.081, None, 0.05, 0)
    cost = costs.cost(composed.settings(), photographs=200, training=100, rates=costs.CPU)
    made = planner.StudyPlan(Shape(1, 1, 3), {"type": EVEN}, (seen,), cost, "here", rules)

    def text(**changes: object) -> str:
        return planner.text(dataclasses.replace(made, powers=(dataclasses.replace(seen, **changes),)))

    said = planner.text(made)
    assert "150 labelled objects of 3 classes (a 60, b 60, c 30)" in said
    assert "8.1 points of macro-F1, with 80% power" in said
    assert "with 16 times as many it is 5.0" in said
    assert "450 more labelled objects" in text(more=450)
    assert "Untestable. It lacks at least 17 labelled objects." in text(detectable=None, wanting=17)
