from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common.errors import UserError
from kilnmix.experiment import plan as planner
from kilnmix.statistics import power as planning
from tests import composed


def collection() -> Prepared:
    """Sixty objects, the first of them photographed twice; class b has four objects and is not tested."""
    labels = np.array([0, 0, *([0] * 35), *([1] * 4), *([2] * 20)])
    parts = np.array(["train"] * 61)
    parts[[0, 1, 2, 3, 41, 42]] = "test"
    task = Task("type", ("bowl", "jar", "vase"), {"bowl": "bowl", "jar": "jar", "vase": "vase"})
    return Prepared(
        folder=Path("nowhere"),
        tasks=(task,),
        ids=np.array([f"{n}.jpg" for n in range(61)]),
        objects=np.array([0, *range(60)]),
        labels={"type": labels},
        parts={0: parts},
        sources=np.array([""] * 61),
    )


def test_objects_tested_in_the_prepared_folds_and_in_others() -> None:
    params = composed.settings()
    labels = planner.count(collection(), params)["type"]
    assert labels.objects == {"bowl": 36, "jar": 4, "vase": 20}
    assert labels.tested == {"bowl": 3, "jar": 0, "vase": 2}
    labels = planner.count(collection(), planner.reshaped(params, 5, None, None))["type"]
    assert labels.tested == {"bowl": 36, "jar": 0, "vase": 20}


def test_another_shape() -> None:
    params = planner.reshaped(composed.settings(pool_folds=(0, "all"), refit_pool="all"), 3, 2, 4)
    assert params.folds == (0, 1, 2) and params.pool_folds == (0, 1, 2, "all")
    assert params.adapters == (0, 1) and params.experiment.seeds == (0, 1, 2, 3)
    with pytest.raises(UserError, match="at least one"):
        planner.reshaped(composed.settings(), 0, None, None)


def test_a_plan_in_words_and_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "STUDIES", 1)
    monkeypatch.setattr(planning, "DRAWS", 200)
    made = planner.plan(planner.reshaped(composed.settings(), 5, 3, 2), collection(), gpu=True)
    said = planner.text(made)
    assert said.startswith("A study of 5 folds, 3 adapters a fold and 2 seeds an adapter.")
    assert "type: 60 labelled objects of 3 classes (bowl 36, vase 20, jar 4)" in said
    assert "56 of them are tested, in the 2 classes" in said
    assert "one data-centre GPU" in said and "Assumed:" in said
    entry = made.to_json()
    assert entry["shape"]["multi_view"] == pytest.approx(1 / 60, abs=1e-3)
    assert entry["powers"][0]["tested"] == 56
