"""What curation found in the pools, whole and damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.curation import accepted
from kilnmix.curation.accepted import Curated
from kilnmix.report.collect.pools import alignments, pool_count, weighted_mean


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "cannot be read as JSON"),
        ("{}", "lacks 'glaze'"),
        ('{"glaze": {"classes": {}, "skill": 1}}', "lacks 'red'"),
    ],
)
def test_a_damaged_alignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, part: str) -> None:
    monkeypatch.chdir(tmp_path)
    folder = output("curate", 0, 0)
    folder.mkdir(parents=True)
    (folder / "alignment.json").write_text(text, encoding="utf-8")
    task = Task("glaze", ("red",), {"red": "red"})
    empty = np.zeros(0, np.int64)
    photographs = Prepared(tmp_path, (task,), empty.astype(str), empty, {"glaze": empty}, {}, empty.astype(str))
    with pytest.raises(UserError, match=part):
        alignments(photographs, [(0, 0)])


def test_means_over_pools_are_weighted_by_what_was_asked_for() -> None:
    found = weighted_mean([[0.5, None, None], [0.8, 0.3, None]], np.array([[1.0, 4.0, 2.0], [2.0, 1.0, 2.0]]))
    # (1 * 0.5 + 2 * 0.8) / 3; the only known value; nothing known.
    assert found[:2].tolist() == pytest.approx([0.7, 0.3])
    assert np.isnan(found[2])


TASKS = (Task("glaze", ("red", "white"), {}),)


def collection(folder: Path) -> Prepared:
    empty = np.zeros(0, np.int64)
    return Prepared(folder, TASKS, empty.astype(str), empty, {"glaze": empty}, {}, empty.astype(str))


def test_what_became_of_a_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = output("curate", 0, 1)
    folder.mkdir(parents=True)
    found = Curated(
        ids=list("abcd"),
        status=["accepted", "leaked", "accepted", "leaked"],
        nearest=["x"] * 4,
        similarity=np.zeros(4),
        asked=np.array([[0], [0], [-1], [1]]),
        probability=np.ones((4, 1), np.float32),
        masked=np.array([[True], [True], [False], [False]]),
    )
    accepted.write_table(folder, TASKS, found)
    manifest.write(folder)
    count = pool_count(collection(tmp_path), 0, 1)
    assert (count.fold, count.adapter, count.drawn, count.accepted) == (0, 1, 4, 2)
    assert (count.rejected, count.labelled, count.masked) == ({"leaked": 2}, {"glaze": 1}, {"glaze": 1})


def test_alignment_over_two_pools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for adapter, (asked, agreed, skill) in enumerate(((1, 0.5, 0.4), (3, 0.9, 0.8))):
        output("curate", 0, adapter).mkdir(parents=True)
        entry = {"asked": asked, "alignment": agreed, "recall": 0.5, "distance": None}
        none = {"asked": 0, "alignment": None, "recall": None, "distance": None}
        file = {"glaze": {"skill": skill, "classes": {"red": entry, "white": none}}}
        (output("curate", 0, adapter) / "alignment.json").write_text(json.dumps(file))
    (found,) = alignments(collection(tmp_path), [(0, 0), (0, 1)])
    assert found.asked.tolist() == [4, 0]
    assert found.alignment[0] == pytest.approx((0.5 + 3 * 0.9) / 4) and np.isnan(found.alignment[1])
    assert found.skill == pytest.approx(0.6)
    assert np.isnan(found.distance).all()
