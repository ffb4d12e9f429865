import csv
from pathlib import Path

import numpy as np

from kilnmix.collection import writing
from kilnmix.collection.labels import Understood
from kilnmix.collection.pictures.duplicates import Pair
from kilnmix.collection.prepared import Task
from kilnmix.collection.tables.listing import Rejection, Row
from kilnmix.collection.vocabulary.field import Reading

ROWS = [Row(n + 2, f"{n}.jpg", "", "", "", "", {"dynasty": cell}) for n, cell in enumerate(("北宋", "明?", ""))]


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_rejections_and_duplicates(tmp_path: Path) -> None:
    writing.rejected(tmp_path / "r.csv", [Rejection(3, "a,b.jpg", "damaged", "cut short")])
    assert read(tmp_path / "r.csv") == [["line", "image", "reason", "detail"], ["3", "a,b.jpg", "damaged", "cut short"]]
    writing.duplicates(tmp_path / "d.csv", ROWS, [Pair(0, 2, 1.0, exact=True), Pair(0, 1, 0.96123)])
    assert read(tmp_path / "d.csv")[1:] == [
        ["0.jpg", "2.jpg", "exact", "1.0000"],
        ["0.jpg", "1.jpg", "near", "0.9612"],
    ]


def test_terms_of_the_kept_rows(tmp_path: Path) -> None:
    readings = [Reading("song", "exact", "northern-song"), Reading("", "doubtful"), Reading("", "missing")]
    understood = Understood({"dynasty": readings}, [], [], {"dynasty": np.array([1, 0, np.nan], np.float32)})
    task = Task("dynasty", ("song",), {})
    writing.terms(tmp_path / "t.csv", [ROWS[2], ROWS[0]], (task,), understood, [2, 0])
    assert read(tmp_path / "t.csv") == [
        ["id", "dynasty", "dynasty_finer", "dynasty_sure"],
        ["2.jpg", "", "", ""],
        ["0.jpg", "北宋", "northern-song", "1"],
    ]
    writing.terms(tmp_path / "t.csv", [ROWS[1]], (task,), understood, [1])
    assert read(tmp_path / "t.csv")[1] == ["1.jpg", "明?", "", "0"]
