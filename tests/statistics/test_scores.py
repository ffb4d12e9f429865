"""F1 by hand and by scikit-learn; the linearisation by finite differences and by leaving objects out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import f1_score

from kilnmix.statistics.scores import TaskOutcomes, class_f1, linearised, score


def outcomes(
    truth: list[int], predicted: list[int], /, classes: int = 3, scored: tuple[int, ...] = (0, 1), **changes: object
) -> TaskOutcomes:
    size = len(truth)
    fields: dict[str, object] = {
        "task": "glaze",
        "classes": tuple("abcdefgh"[:classes]),
        "scored": scored,
        "truth": np.array(truth),
        "objects": np.arange(size),
        "folds": np.zeros(size, int),
        "weights": np.ones(size),
        "predicted": {"real": np.array(predicted).reshape(1, 1, size)},
    }
    return TaskOutcomes(**(fields | changes))  # type: ignore[arg-type]


def random_outcomes(seed: int, size: int = 400, seeds: int = 2) -> TaskOutcomes:
    rng = np.random.default_rng(seed)
    objects = np.sort(rng.integers(0, size // 2, size))
    truth = (objects * 7919 % 100 < 60).astype(int) + (objects * 104729 % 100 < 30)
    views = np.bincount(objects)[objects]
    answers = np.where(rng.random((1, seeds, size)) < 0.7, truth, rng.integers(-1, 4, (1, seeds, size)))
    return TaskOutcomes(
        "type", tuple("abcd"), (0, 1, 2), truth, objects, np.zeros(size, int), 1 / views, {"real": answers}
    )


def test_macro_f1_by_hand() -> None:
    # Class a: 2 of 3 found, none wrongly called a: F1 = 4/5. Class b: 1 of 2 found; called b: 1 (a taken for b) + 1.
    # F1 = 2 * 1 / (2 + 2). The photograph of class c is not scored, so its answer "b" costs nothing.
    case = outcomes([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 1])
    assert class_f1(case, "real")[0, 0, :2] == pytest.approx([0.8, 0.5])
    assert score(case, "real") == pytest.approx(0.65)
    assert score(case, "real", case.group((1, 2))) == pytest.approx(0.5)


def test_views_share_the_weight_of_their_object() -> None:
    # Object 0 has two views, one of them right: it counts as half right. TP_a = 0.5 + 1, D_a = 2 + 1.5.
    case = outcomes(
        [0, 0, 0, 1],
        [0, 1, 0, 1],
        objects=np.array([0, 0, 1, 2]),
        weights=np.array([0.5, 0.5, 1.0, 1.0]),
    )
    assert class_f1(case, "real")[0, 0, :2] == pytest.approx([3.0 / 3.5, 2.0 / 2.5])
    assert case.object_counts == {0: 2, 1: 1}


def test_no_answer_is_wrong_for_no_class() -> None:
    assert class_f1(outcomes([0, 0, 1, 1], [0, -1, 1, 1]), "real")[0, 0, :2] == pytest.approx([2 / 3, 1.0])


def test_agrees_with_scikit_learn() -> None:
    case = random_outcomes(1)
    answers = case.predicted["real"][0]
    reference = [
        f1_score(case.truth, run, labels=[0, 1, 2], average="macro", sample_weight=case.weights, zero_division=0)
        for run in answers
    ]
    assert score(case, "real") == pytest.approx(np.mean(reference), abs=1e-12)


def test_linearisation_is_the_derivative_by_weight() -> None:
    case = random_outcomes(2, seeds=1)
    parts = linearised(case, "real", case.macro())[:, 0, 0]
    assert parts.sum() == pytest.approx(0.0, abs=1e-12)
    for place in (0, 17, 90):
        row = np.unique(case.objects)[place]
        nudged = np.where(case.objects == row, case.weights * (1 + 1e-6), case.weights)
        moved = TaskOutcomes(
            case.task, case.classes, case.scored, case.truth, case.objects, case.folds, nudged, case.predicted
        )
        assert (score(moved, "real") - score(case, "real")) / 1e-6 == pytest.approx(parts[place], abs=1e-7)


def test_linearisation_predicts_what_leaving_an_object_out_does() -> None:
    case = random_outcomes(3, seeds=1)
    parts = linearised(case, "real", case.macro())[:, 0, 0]
    ids = np.unique(case.objects)
    left_out = np.empty(len(ids))
    for place, row in enumerate(ids):
        keep = case.objects != row
        rest = TaskOutcomes(
            case.task,
            case.classes,
            case.scored,
            case.truth[keep],
            case.objects[keep],
            case.folds[keep],
            case.weights[keep],
            {"real": case.predicted["real"][:, :, keep]},
        )
        left_out[place] = score(case, "real") - score(rest, "real")
    assert np.abs(left_out - parts).max() < 0.05 * np.abs(parts).max()
    jackknife = (len(ids) - 1) / len(ids) * ((left_out - left_out.mean()) ** 2).sum()
    assert (parts**2).sum() == pytest.approx(jackknife, rel=0.05)


def test_parts_of_a_run_add_up_to_how_far_it_lies_from_the_average() -> None:
    case = random_outcomes(4, size=2000, seeds=4)
    sums = linearised(case, "real", case.macro()).sum(0)[0]
    runs = (class_f1(case, "real") @ case.macro())[0]
    assert sums.mean() == pytest.approx(0.0, abs=1e-12)
    assert sums == pytest.approx(runs - runs.mean(), abs=2e-4)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weights": np.ones(3)}, "shape"),
        ({"weights": np.zeros(4)}, "positive"),
        ({"truth": np.array([0, 0, 1, 5])}, "outside"),
        ({"objects": np.zeros(4, int), "folds": np.array([0, 0, 1, 1])}, "two folds"),
        ({"scored": (1, 0)}, "ascending"),
        ({"predicted": {}}, "no arm"),
        ({"predicted": {"real": np.zeros((1, 1, 4), int), "mix": np.zeros((1, 2, 4), int)}}, "must all be"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        outcomes([0, 0, 1, 1], [0, 0, 1, 1], **changes)


def test_runs_of_common_seeds() -> None:
    truth = np.array([0, 1])
    predicted = {"real": np.array([[[0, 1], [0, 0], [1, 1]]]), "mix": np.array([[[1, 1], [0, 1]]])}
    given = TaskOutcomes(
        "type",
        ("a", "b"),
        (0, 1),
        truth,
        np.arange(2),
        np.zeros(2, int),
        np.ones(2),
        predicted,
        {"real": (0, 1, 5), "mix": (1, 5)},
    )
    assert given.runs == (1, 3)
    assert given.common("real", "mix") == (1, 5)
    both = given.over((1, 5))
    assert both.predicted["real"].tolist() == [[[0, 0], [1, 1]]] and both.predicted["mix"].tolist() == [
        [[1, 1], [0, 1]]
    ]
    assert set(given.over((0, 1)).predicted) == {"real"}
    with pytest.raises(ValueError, match="must all be"):
        dataclasses.replace(given, seeds={})
