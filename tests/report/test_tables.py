"""Tables: numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.report import tables
from kilnmix.report.inputs import PoolCount, Search, Study, Trial
from kilnmix.report.language import wording
from kilnmix.report.metrics import metrics
from kilnmix.report.naming import Names
from kilnmix.statistics import verdicts
from kilnmix.statistics.scores import TaskOutcomes
from tests.report.report_studies import settings

T = wording("en")


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
    found = tables.rows_of_confusion(small(), "real", [0, 1])
    # a: 1 of 1.5 right in the first run (the rest is b), all in the second; b: half right, half elsewhere, in both.
    assert found == pytest.approx(np.array([[5 / 6, 1 / 6, 0.0], [0.0, 0.5, 0.5]]))


def test_of_very_many_classes_those_with_most_objects_are_confused() -> None:
    count = tables.MOST + 2
    truth = np.repeat(np.arange(count), [1, 1] + [2] * (count - 2))
    zeros = np.zeros(len(truth), np.int64)
    outcomes = TaskOutcomes(
        "type", tuple(map(str, range(count))), tuple(range(count)), truth, np.arange(len(truth)), zeros,
        np.ones(len(truth)), {"real": truth[None, None]},
    )  # fmt: skip
    assert tables.confused(outcomes) == list(range(2, count))
    found = tables.rows_of_confusion(outcomes, "real", tables.confused(outcomes))
    assert found[:, :-1] == pytest.approx(np.eye(tables.MOST))


def test_confusion_shows_what_goes_elsewhere() -> None:
    study = Study(settings(), verdicts.compare((small(),), ()), (small(),))
    found = tables.confusion(small(), "real", Names(study, T), T)
    assert [str(cell.text) for cell in found.head] == ["", "a", "b", "…"]
    assert [[str(cell.text) for cell in row] for row in found.rows] == [["a", "83", "17", ""], ["b", "", "50", "50"]]
    assert found.rows[0][2].hover == "a taken for b: 16.7\u00a0%"


def test_arms_by_tasks(study: Study) -> None:
    found = tables.arms_by_tasks(study, Names(study, T), T)
    assert [str(cell.text) for cell in found.head] == ["Arm", "Dynasty", "Glaze", "Kiln", "Type", "Mean"]
    rows = {str(row[0].hover): row for row in found.rows}
    assert set(rows) == set(study.arms)
    glaze = study.verdict.tasks[1]
    difference = glaze.arms["mix-90-10"].vs_real
    assert difference is not None
    cell = rows["mix-90-10"][2]
    assert cell.text == T.score(glaze.f1["mix-90-10"])
    relative = glaze.arms["mix-90-10"].relative
    assert relative is not None
    assert cell.second == (
        f"{T.points(difference.delta)} {T.interval(difference.low, difference.high)}<br>{T.relative(relative)} relative"
    )
    assert cell.looks == glaze.arms["mix-90-10"].verdict == "harms"
    assert rows["real"][2].second == ""
    assert "secondary" in rows["repeat-90-10"][2].looks
    assert rows["searched"][0].second == "against photographs alone, searched"


def test_pools_count_what_was_rejected_and_masked(study: Study) -> None:
    counts = (PoolCount(0, 1, 10, 8, {"leak": 2}, {"glaze": 8}, {"glaze": 2}, 0.5, 0.25),)
    found = tables.pools(counts, ["glaze", "kiln"], Names(study, T), T)
    shown = [str(cell.text) for cell in found.rows[0]]
    assert shown == ["0", "1", "10", "8", "2", "2 (25\u00a0%)", "–", "0.5 → 0.25"]
    assert len(found.head) == len(shown)


def test_best_settings_side_by_side(study: Study) -> None:
    searches = (
        Search(0, True, (Trial(0, {}, 0.5),), {"share": {"type": 0.1}, "task_weights": {"type": 1.25}}),
        Search(0, False, (), {"task_weights": {"type": 0.8}}),
    )
    found = tables.best_settings(searches, Names(study, T), T)
    assert [str(cell.text) for cell in found.head] == ["Setting", "with synthetic images", "photographs alone"]
    assert [[str(cell.text) for cell in row] for row in found.rows] == [
        ["share of synthetic images, type", "10\u00a0%", "–"],
        ["weight of the loss, type", "1.25", "0.8"],
    ]


def test_every_setting_by_its_name(study: Study) -> None:
    found = dict(tables.settings(study))
    assert found["classifier.backbone"] == "mobilenet_v3_small"
    assert found["arms.mix-90-10.share"] == "0.1"
    assert found["collection.tasks"] == "dynasty, glaze, kiln, type"


def test_metrics_are_flat_and_say_what_the_verdict_says(study: Study) -> None:
    found = metrics(study)
    difference = study.verdict.tasks[3].arms["searched"].vs_real
    assert difference is not None
    assert found["type.searched.delta"] == round(difference.delta, 6)
    assert found["type.searched.verdict"] == study.verdict.tasks[3].arms["searched"].verdict
    assert found["looks"] == 2
    assert "type.real.delta" not in found
    assert all(isinstance(value, int | float | str) for value in found.values())
