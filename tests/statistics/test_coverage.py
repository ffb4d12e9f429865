"""The instrument on small simulated studies; bench/instrument.py does the same at length.

150 studies of 300 objects with one task, without an effect, and with an adapter whose effect is felt.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from kilnmix.common import seeds
from kilnmix.statistics import moderation, variance
from kilnmix.statistics.coverage import Coverage, Reading, relabelled, replayed, study_coverage
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.simulation import SimulationSettings, Simulator

NESTED = SimulationSettings(
    objects=300, classes=(6,), adapters=4, seeds=2, seed_class=0.2, adapter_class=0.5, adapter_overall=0.3
)
STUDIES = 150


def drawn(studies: int, seed: int = 0) -> Iterator[np.random.Generator]:
    return (seeds.rng(seed, "study", index) for index in range(studies))


@pytest.fixture(scope="module")
def honest() -> Coverage:
    return study_coverage(NESTED, drawn(STUDIES))


def test_false_verdicts_stay_rare_and_intervals_cover(honest: Coverage) -> None:
    assert honest.false.interval[0] < 0.05 and honest.false.value <= 0.05
    assert 0.93 <= honest.alone.value <= 0.98
    assert honest.joint.interval[1] > 0.95 and honest.joint.value >= 0.92


def test_leaving_the_adapters_out_is_caught(honest: Coverage) -> None:
    """The same studies read with classifier seeds as the only replicates: far too sure, and the coverage says so."""
    blind = study_coverage(NESTED, drawn(STUDIES), Reading(scope="adapter", against="procedure"))
    assert blind.alone.interval[1] < 0.9 < honest.alone.interval[0]
    assert blind.false.interval[0] > 0.05
    assert blind.joint.interval[1] < 0.9


def test_leaving_all_replicates_out_is_caught() -> None:
    bare = study_coverage(NESTED, drawn(STUDIES), Reading(rule=moderation.objects_only))
    assert bare.alone.interval[1] < 0.9
    assert bare.false.interval[0] > 0.05


def test_an_effect_of_the_stated_size_is_found(honest: Coverage) -> None:
    stated = float(np.median(honest.detectable))
    settings = dataclasses.replace(NESTED, effects={"mix-90-10": stated})
    assert study_coverage(settings, drawn(100, seed=1)).found.value > 0.65  # 0.8 promised; 100 studies


def test_sources_that_are_not_known_are_caught() -> None:
    """An arm does better in one museum than in another: held with twelve known sources, not with none known."""
    museums = SimulationSettings(objects=300, classes=(6,), seed_class=0.2, sources=12, source_arm=0.6)
    reading = Reading(beyond=frozenset({"sources"}))
    known = study_coverage(museums, drawn(60), reading)
    assert known.alone.value > 0.9
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(variance, "MIN_SOURCES", 13)
        assert study_coverage(museums, drawn(60), reading).alone.value < known.alone.value - 0.05


def test_relabelled_runs_are_a_study_without_an_effect() -> None:
    settings = SimulationSettings(objects=80, classes=(3, 4), seeds=9)
    first = Simulator(settings, draws=200).draw(seeds.rng(0, "study", 0))
    tasks = [dataclasses.replace(task, predicted={"real": task.predicted["real"]}) for task in first.tasks]
    study = relabelled(tasks, ("real", "mix-95-5", "repeat-90-10", "mix-90-10"), 2, np.random.default_rng(0))
    for before, after in zip(tasks, study, strict=True):
        used = np.concatenate([after.predicted[arm][0] for arm in after.predicted])
        assert after.runs == (1, 2) and len(np.unique(used, axis=0)) == 8
        known = {run.tobytes() for run in before.predicted["real"][0]}
        assert {run.tobytes() for run in used} <= known
    # The same training in both tasks.
    places = [
        [next(s for s in range(9) if (b.predicted["real"][0, s] == run).all()) for run in a.predicted["real"][0]]
        for b, a in zip(tasks, study, strict=True)
    ]
    assert places[0] == places[1]
    with pytest.raises(ValueError, match="10 runs"):
        relabelled(tasks, ("real", "a", "b", "c", "d"), 2, np.random.default_rng(0))


def test_replayed_studies_are_drawn_from_runs_and_objects() -> None:
    """Each answer tells its run and photograph: 4 x run + photograph; object 7 has two views."""
    real = np.arange(8).reshape(1, 2, 4)
    first = TaskOutcomes(
        task="type",
        classes=tuple("abcdefgh"),
        scored=(0, 1),
        truth=np.array([0, 0, 0, 1]),
        objects=np.array([7, 3, 7, 5]),
        folds=np.zeros(4, np.int64),
        weights=np.array([0.5, 1.0, 0.5, 1.0]),
        predicted={"real": real, "mix": 7 - real},
    )
    only = {arm: answers[:, :, 1:2] for arm, answers in first.predicted.items()}
    one = {name: getattr(first, name)[1:2] for name in ("truth", "objects", "folds", "weights")}
    second = dataclasses.replace(first, task="kiln", predicted=only, **one)
    runs_seen, objects_seen = set(), set()
    for number in range(40):
        of_type, of_kiln = replayed([first, second], 3, 4, 2, np.random.default_rng(number))
        runs, photographs = np.divmod(of_type.predicted["real"][0], 4)
        assert (of_type.predicted["mix"] == 7 - of_type.predicted["real"]).all()
        assert (runs == runs[:, :1]).all() and (photographs == photographs[0]).all()
        assert (of_type.truth == first.truth[photographs[0]]).all()
        # Four objects, each with all its views: 7 is photographs 0 and 2, 3 is 1, 5 is 3.
        drawn = [tuple(photographs[0][of_type.objects == one]) for one in np.unique(of_type.objects)]
        assert len(drawn) == 4 and set(drawn) <= {(0, 2), (1,), (3,)} and of_type.weights.sum() == 4
        assert of_kiln.objects.tolist() == [place for place, views in enumerate(drawn) if views == (1,)]
        assert (of_kiln.predicted["real"][0] == 4 * runs[:, :1] + 1).all()
        ones = drawn.count((3,))
        assert of_type.scored == tuple(label for label, size in enumerate((4 - ones, ones)) if size >= 2)
        runs_seen.update(runs[:, 0].tolist())
        objects_seen.update(drawn)
    assert runs_seen == {0, 1} and len(objects_seen) == 3
    with pytest.raises(ValueError, match="one adapter"):
        twice = {arm: np.concatenate([answers, answers]) for arm, answers in first.predicted.items()}
        replayed([dataclasses.replace(first, predicted=twice)], 3, 4, 2, np.random.default_rng(0))
