"""`kilnmix plan --budget` and `--effect`, from a pilot's tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.experiment import budget
from kilnmix.statistics.simulation import SimulationSettings, Simulator
from tests import composed

ARMS = {"real": "real", "mix-90-10": "mix-90-10"}


def params() -> Params:
    return composed.settings(
        arms={"real": {"source": "none"}, "mix-90-10": {"source": "synthetic", "share": 0.1}},
        experiment={"primary": [["mix-90-10", "real"]], "control": {}},
    )


def pilot(folder: Path, adapters: int = 2, seeds: int = 3, arms: dict[str, str] | None = None) -> Prepared:
    """A collection of 400 objects of four classes, 120 of them validation, and the pilot's table of their answers.

    Args:
        arms: name in the table -> arm of the simulated study.
    """
    world = SimulationSettings(
        objects=120, classes=(4,), adapters=adapters, seeds=seeds, seed_class=0.3, adapter_class=0.2, multi_view=0.0
    )
    (task,) = Simulator(world, 400).draw(np.random.default_rng(1)).tasks
    rest = np.repeat(np.arange(4), [130, 70, 50, 30])
    labels = np.concatenate([task.truth, rest])
    names = np.array([f"{n}.jpg" for n in range(len(labels))])
    rows = []
    for arm, source in (arms or ARMS).items():
        for a in range(adapters):
            for s in range(seeds):
                for n, answer in enumerate(task.predicted[source][a, s]):
                    chances = np.eye(4, dtype=np.float32)[answer].tolist()
                    rows.append((arm, a, s, names[n], n, "type", chances))
    columns = ("arm", "adapter", "seed", "photograph", "object", "task", "probabilities")
    pq.write_table(pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True))), folder / "validation.parquet")
    classes = tuple("abcd")
    return Prepared(
        folder=folder,
        tasks=(Task("type", classes, {name: name for name in classes}),),
        ids=names,
        objects=np.arange(len(labels)),
        labels={"type": labels},
        parts={0: np.array(["val"] * 120 + ["train", "test"] * (len(rest) // 2))},
        sources=np.array([""] * len(labels)),
    )


def made(folder: Path, photographs: Prepared, **asked: float) -> budget.BudgetPlan:
    return budget.make(params(), photographs, [(0, folder / "validation.parquet")], gpu=False, **asked)


def test_the_best_design_for_a_time_in_words_and_as_json(tmp_path: Path) -> None:
    found = made(tmp_path, pilot(tmp_path), seconds=8 * 3600.0)
    assert found.design is not None
    assert found.design.seconds <= 8 * 3600
    said = budget.text(found)
    assert f"sees {100 * found.design.detectable['type']:.1f} points" in said
    assert "adapters=[0,1" in said
    assert "no difference between arms was read" in said
    assert json.loads(json.dumps(found.to_json()))["design"]["folds"] == found.design.folds
    # Less time, larger effects.
    less = made(tmp_path, pilot(tmp_path), seconds=2 * 3600.0)
    assert less.design is None or less.design.detectable["type"] >= found.design.detectable["type"]


def test_the_plan_does_not_know_which_arm_is_which(tmp_path: Path) -> None:
    photographs = pilot(tmp_path)
    before = made(tmp_path, photographs, seconds=8 * 3600.0)
    pilot(tmp_path, arms={"real": "mix-90-10", "mix-90-10": "real"})
    after = made(tmp_path, photographs, seconds=8 * 3600.0)
    assert after.to_json() == before.to_json()


def test_the_least_time_for_an_effect(tmp_path: Path) -> None:
    photographs = pilot(tmp_path)
    found = made(tmp_path, photographs, effect=0.15)
    assert found.design is not None
    assert found.design.detectable["type"] <= 0.15
    nothing = made(tmp_path, photographs, effect=0.001)
    assert nothing.design is None
    assert "No study of up to" in budget.text(nothing)
    assert "type: take more objects instead" in budget.text(nothing)


def test_a_pilot_of_one_adapter_plans_seeds(tmp_path: Path) -> None:
    found = made(tmp_path, pilot(tmp_path, adapters=1), seconds=8 * 3600.0)
    assert found.design is not None
    assert found.design.adapters == 1
    assert "A pilot with adapters=[0,1]" in budget.text(found)


def test_without_a_pilot_the_command_for_it_is_told(tmp_path: Path) -> None:
    photographs = pilot(tmp_path)
    with pytest.raises(UserError, match=r"experiment\.seeds=\[0,1,2\]`, then `dvc repro train`"):
        budget.make(params(), photographs, [], gpu=False, seconds=3600.0)
    pilot(tmp_path, seeds=1)
    with pytest.raises(UserError, match="type: the pilot trained none"):
        made(tmp_path, photographs, seconds=3600.0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("8h", 28800), ("8", 28800), ("90min", 5400), ("1.5 h", 5400), ("2d", 172800)]
)
def test_durations(text: str, seconds: float) -> None:
    assert budget.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "8w", "-3h", "0h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="no time"):
        budget.duration(text)


def test_prices_are_what_the_costs_add() -> None:
    settings = params()
    found = budget.prices(settings, 500, 300, budget.costs.CPU)
    shaped = budget.plan.reshaped(settings, 3, 4, 5)
    total = sum(budget.costs.cost(shaped, 500, 300, budget.costs.CPU).seconds.values())
    assert float(found.total(3, np.array(4.0), np.array(5.0))) == pytest.approx(total, rel=0.01)
