"""What is taken for what, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.tables import confusion
from kilnmix.statistics import verdicts
from kilnmix.statistics.scores import TaskOutcomes
from tests.report.report_studies import settings


def small() -> TaskOutcomes:
    """Class c is not scored. Two runs; weights make the second photograph of `a` count half."""
    return TaskOutcomes(
        task="glaze",
        classes=("a", "b", "c"),
        scored=(0, 1),
        truth=np.array([0, 0, 1, 1, 2]),
        objects=np.arange(5),
        folds=np.zeros(5, np.int64),
        weights=np.array([1.0, 0.5, 1.0, 1.0, 1.0]),
        predicted={"real": np.array([[[0, 1, 1, 2, 2], [0, 0, 1, -1, 2]]])},
    )


def test_confusion_rows_are_weighted_shares_of_the_truth() -> None:
    found = confusion.rows_of_confusion(small(), "real", [0, 1])
    # a: 1 of 1.5 right in the first run (the rest is b), all in the second; b: half right, half elsewhere, in both.
    assert found == pytest.approx(np.array([[5 / 6, 1 / 6, 0.0], [0.0, 0.5, 0.5]]))


def test_of_very_many_classes_those_with_most_objects_are_confused() -> None:
    count = confusion.MOST + 2
    truth = np.repeat(np.arange(count), [1, 1] + [2] * (count - 2))
    zeros = np.zeros(len(truth), np.int64)
    outcomes = TaskOutcomes(
        "type", tuple(map(str, range(count))), tuple(range(count)), truth, np.arange(len(truth)), zeros,
        np.ones(len(truth)), {"real": truth[None, None]},
    )  # fmt: skip
    assert confusion.confused(outcomes) == list(range(2, count))
    found = confusion.rows_of_confusion(outcomes, "real", confusion.confused(outcomes))
    assert found[:, :-1] == pytest.approx(np.eye(confusion.MOST))


def test_confusion_shows_what_goes_elsewhere() -> None:
    study = ReportInputs(settings(), verdicts.compare((small(),), ()), (small(),))
    found = confusion.confusion(small(), "real", ReportContext.of(study, "en"))
    assert [str(cell.text) for cell in found.head] == ["", "a", "b", "…"]
    assert [[str(cell.text) for cell in row] for row in found.rows] == [["a", "83", "17", ""], ["b", "", "50", "50"]]
    assert found.rows[0][2].hover == "a taken for b: 16.7\u00a0%"
