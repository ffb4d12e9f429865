"""Labels in doubt as a table and a page."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.curation.doubts import Doubt
from kilnmix.curation.pages import doubts

TASKS = (Task("type", ("bowl", "<jar>"), {}, {"bowl": "碗"}), Task("glaze", ("white", "red"), {}))


def doubt(row: int, task: str, given: str, likelier: str, sure: float = float("nan")) -> Doubt:
    return Doubt(
        row=row, photograph=f"{row}.jpg", task=task, wrong=0.9, given=given, given_probability=0.1,
        likelier=likelier, likelier_probability=0.75, sure=sure,
    )  # fmt: skip


def collection(folder: Path) -> Prepared:
    np.save(folder / "pixels.npy", np.zeros((4, 8, 8, 3), np.uint8))
    ids = np.array([f"{n}.jpg" for n in range(4)])
    labels = {task.name: np.zeros(4, int) for task in TASKS}
    return Prepared(folder, TASKS, ids, np.arange(4), labels, {}, np.full(4, ""))


def test_a_line_a_doubt_and_the_page_escapes_names(tmp_path: Path) -> None:
    found = [doubt(2, "type", "bowl", "<jar>", 0.5), doubt(0, "glaze", "white", "red")]
    doubts.write(tmp_path, collection(tmp_path), found)
    with (tmp_path / "doubts.csv").open(encoding="utf-8") as file:
        assert list(csv.reader(file))[1:] == [
            ["2.jpg", "type", "0.900", "bowl", "0.100", "<jar>", "0.750", "0.5"],
            ["0.jpg", "glaze", "0.900", "white", "0.100", "red", "0.750", ""],
        ]
    page = (tmp_path / "doubts.html").read_text(encoding="utf-8")
    assert "<jar>" not in page and "&lt;jar&gt;" in page
    assert page.count("<img") == 2


def test_the_table_has_all_and_the_page_the_first_of_a_task(tmp_path: Path) -> None:
    found = [doubt(number % 4, "type", "bowl", "<jar>") for number in range(doubts.MOST_SHOWN + 5)]
    doubts.write(tmp_path, collection(tmp_path), found)
    assert len((tmp_path / "doubts.csv").read_text().splitlines()) == 1 + len(found)
    page = (tmp_path / "doubts.zh.html").read_text(encoding="utf-8")
    assert page.count("<img") == doubts.MOST_SHOWN
    assert 'href="doubts.html">English</a>' in page
    assert "碗 bowl" in page
