"""Contrasts of a study: what is the same arm, what is measured against scikit-learn's F1, and one family's interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from kilnmix.statistics import contrasts
from kilnmix.statistics.contrasts import Contrast
from kilnmix.statistics.scores import TaskOutcomes


def task(
    predicted: dict[str, np.ndarray], truth: list[int], seeds: dict[str, tuple[int, ...]] | None = None
) -> TaskOutcomes:
    size = len(truth)
    return TaskOutcomes(
        *("glaze", ("a", "b", "c"), (0, 1, 2), np.array(truth), np.arange(size), np.zeros(size, int), np.ones(size)),
        *(predicted, seeds or {}),
    )


@pytest.fixture(scope="module")
def study() -> TaskOutcomes:
    """Sixty objects, three seeds an arm; `copy` answers as `mix` does."""
    rng = np.random.default_rng(4)
    truth = np.arange(60) % 3
    predicted = {
        arm: np.where(rng.random((1, 3, 60)) < right, truth, rng.integers(0, 3, (1, 3, 60)))
        for arm, right in (("real", 0.5), ("mix", 0.8), ("repeat", 0.5))
    }
    return task(predicted | {"copy": predicted["mix"].copy()}, truth.tolist())


def test_arms_with_the_same_answers_are_named_by_the_first(study: TaskOutcomes) -> None:
    assert contrasts.duplicates([study]) == {"copy": "mix"}
    # Another task in which the two differ: they are two arms.
    other = task({"mix": np.array([[[0, 1, 2]]]), "copy": np.array([[[0, 1, 1]]])}, [0, 1, 2])
    assert contrasts.duplicates([study, other]) == {}


def test_class_weights_are_those_of_the_contrasts_score() -> None:
    given = task({"real": np.array([[[0, 1, 2]]])}, [0, 1, 2])
    assert contrasts.class_weights(given, Contrast(0, "mix", "real")).tolist() == pytest.approx([1 / 3] * 3)
    assert contrasts.class_weights(given, Contrast(0, "mix", "real", (0, 2))).tolist() == [0.5, 0.0, 0.5]


def test_a_pair_needs_two_seeds_in_common() -> None:
    answers = np.zeros((1, 3, 3), int)
    seeds = {"real": (0, 1, 2), "mix": (1, 2, 3), "late": (2, 3, 4)}
    given = task(dict.fromkeys(seeds, answers), [0, 1, 2], seeds)
    assert contrasts.measurable(given, "mix", "real", "adapter")
    assert not contrasts.measurable(given, "late", "real", "adapter")
    with pytest.raises(ValueError, match="no replicates"):
        contrasts.measure([given], [Contrast(0, "late", "real")], "adapter")


def test_differences_are_those_of_the_mean_f1(study: TaskOutcomes) -> None:
    members = [Contrast(0, "mix", "real"), Contrast(0, "repeat", "real"), Contrast(0, "mix", "real", (1,))]
    found = contrasts.measure([study], members, "adapter")
    by_class = {
        arm: np.mean([f1_score(study.truth, run, average=None) for run in study.predicted[arm][0]], axis=0)
        for arm in ("real", "mix", "repeat")
    }
    expected = [
        *(by_class[arm].mean() - by_class["real"].mean() for arm in ("mix", "repeat")),
        by_class["mix"][1] - by_class["real"][1],
    ]
    assert found.delta[found.rows(members)].tolist() == pytest.approx(expected, abs=1e-12)
    assert found.residuals.shape == (3, 60)
    assert (found.variance > 0).all() and (found.df >= 1).all()


def test_a_family_of_one_has_the_t_interval(study: TaskOutcomes) -> None:
    only = Contrast(0, "mix", "real")
    measured = contrasts.measure([study], [only], "adapter")
    found = measured.family([only], 0.05)[only]
    half = stats.t.isf(0.025, measured.df[0]) * np.sqrt(measured.variance[0])
    assert (found.low, found.high) == pytest.approx((measured.delta[0] - half, measured.delta[0] + half), abs=0.002)


def test_a_copy_is_no_hypothesis_of_its_own(study: TaskOutcomes) -> None:
    one = [Contrast(0, "mix", "real")]
    with_copy = [*one, Contrast(0, "copy", "real"), Contrast(0, "copy", "mix")]
    alone = contrasts.measure([study], one, "adapter").family(one, 0.05)
    together = contrasts.measure([study], with_copy, "adapter")
    found = together.family(with_copy, 0.05)
    assert found[with_copy[1]] == found[with_copy[0]]
    assert found[with_copy[0]].critical == pytest.approx(alone[one[0]].critical, abs=0.03)  # by other random draws
    assert found[with_copy[2]].delta == 0.0
    assert together.canonical(with_copy[1]) == one[0]


def test_a_task_without_a_contrast_is_not_looked_at(study: TaskOutcomes) -> None:
    trained_once = task({"real": np.array([[[0, 1, 2]]])}, [0, 1, 2])
    found = contrasts.measure([study, trained_once], [Contrast(0, "mix", "real")], "adapter")
    assert len(found.delta) == 1
    assert contrasts.measure([trained_once], [], "adapter").delta.shape == (0,)
