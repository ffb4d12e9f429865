"""Simulated studies have the truth that they say they have."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.common import seeds
from kilnmix.statistics import scores
from kilnmix.statistics.simulation import ARMS, SimulatedStudy, SimulationSettings, Simulator


def test_shapes_views_and_folds() -> None:
    settings = SimulationSettings(objects=120, classes=(2, 6), folds=3, adapters=2, seeds=2)
    study = Simulator(settings, draws=200).draw(seeds.rng(0, "study", 0))
    assert [len(task.classes) for task in study.tasks] == [2, 6]
    for task in study.tasks:
        assert task.runs == (2, 2) and set(task.predicted) == set(ARMS)
        assert np.bincount(task.objects, task.weights) == pytest.approx(np.ones(120))
        assert np.bincount(task.object_folds).tolist() == [40, 40, 40]
        assert min(task.object_counts.values()) >= 5
    assert len(study.tasks[0].truth) > 120  # some objects have several views


def test_scores_of_a_large_study_come_out_as_promised() -> None:
    settings = SimulationSettings(
        objects=6000,
        classes=(5,),
        adapters=12,
        seeds=1,
        seed_class=0.3,
        adapter_class=0.5,
        effects={"mix-90-10": 0.05, "searched": -0.04},
    )
    simulator = Simulator(settings)
    drawn = [simulator.draw(seeds.rng(0, "study", i)) for i in range(4)]
    found = {arm: np.mean([scores.score(study.tasks[0], arm) for study in drawn]) for arm in ARMS}
    assert found["real"] == pytest.approx(simulator.procedure[0]["real"], abs=0.015)
    for arm in ARMS:  # differences: what the objects have in common falls out
        promised = simulator.procedure[0][arm] - simulator.procedure[0]["real"]
        assert found[arm] - found["real"] == pytest.approx(promised, abs=0.012), arm
        these = np.mean([_this(simulator, study, arm) - _this(simulator, study, "real") for study in drawn])
        assert found[arm] - found["real"] == pytest.approx(these, abs=0.01), arm
    assert simulator.procedure[0]["mix-90-10"] - simulator.procedure[0]["real"] == pytest.approx(0.05)


def _this(simulator: Simulator, study: SimulatedStudy, arm: str) -> float:
    return simulator.truth(study, 0, arm, "adapter")


def test_arms_of_one_pool_share_its_effect() -> None:
    settings = SimulationSettings(objects=600, classes=(4,), adapters=1, seeds=4, seed_class=0.0, adapter_overall=1.0)
    simulator = Simulator(settings, draws=500)
    rows = []
    for i in range(12):
        study = simulator.draw(seeds.rng(1, "study", i))
        rows.append([scores.score(study.tasks[0], arm) for arm in ("real", "mix-95-5", "mix-90-10")])
    spread = np.array(rows)
    assert np.corrcoef(spread[:, 1], spread[:, 2])[0, 1] > 0.9
    assert spread[:, 2].std() > 3 * spread[:, 0].std()


@pytest.mark.parametrize("settings", [
    SimulationSettings(objects=200, classes=(3,), ease=6.0),
    SimulationSettings(objects=200, classes=(3,), ease=-2.0, heavy_tails=3.0, seed_overall=0.3),
    SimulationSettings(objects=200, classes=(3,), utilities=True, adapters=2, adapter_class=0.3),
    SimulationSettings(objects=200, classes=(3,), sources=4, source_arm=0.5),
    SimulationSettings(objects=200, classes=(3,), folds=2, collection_class=0.3, fold_class=0.2),
])  # fmt: skip
def test_scores_come_out_as_promised_in_every_kind_of_study(settings: SimulationSettings) -> None:
    simulator = Simulator(settings, draws=400)
    errors = []
    for i in range(12):
        study = simulator.draw(seeds.rng(0, "study", i))
        errors.append([scores.score(study.tasks[0], arm) - simulator.truth(study, 0, arm, "adapter") for arm in ARMS])
    # 12 studies of 200 objects: standard error of a mean score of about one point.
    assert np.abs(np.mean(errors, axis=0)).max() < 0.04


def test_copies_sources_and_collections() -> None:
    copied = SimulationSettings(objects=100, classes=(3,), arms=ARMS[:4], copies={"searched": "mix-90-10"}, sources=5)
    study = Simulator(copied, draws=200).draw(seeds.rng(0, "study", 0))
    (task,) = study.tasks
    assert (task.predicted["searched"] == task.predicted["mix-90-10"]).all()
    assert set(task.predicted) == {*ARMS[:4], "searched"}
    assert task.object_sources is not None and set(task.object_sources.tolist()) == {0, 1, 2, 3, 4}
    given = SimulationSettings(objects=100, classes=(3,), folds=2, collection_class=0.5)
    simulator = Simulator(given, draws=400)
    study = simulator.draw(seeds.rng(0, "study", 0))
    beyond = frozenset({"collection"})
    assert simulator.truth(study, 0, "real", "procedure", beyond) == simulator.procedure[0]["real"]
    assert simulator.truth(study, 0, "real", "procedure") != simulator.procedure[0]["real"]
