import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.curation import doubts as doubt
from kilnmix.curation.pages import doubts as pages


def judged(count: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Three classes in turn and probabilities that know them well."""
    truth = np.arange(count) % 3
    chances = np.full((count, 3), 0.1)
    chances[np.arange(count), truth] = 0.8
    return truth, chances


def test_a_wrong_label_is_found_and_a_hard_one_is_not() -> None:
    truth, chances = judged()
    labels = truth.copy()
    labels[7], labels[20] = 2, 0  # truly 1 and 2
    chances[30] = [0.38, 0.32, 0.3]  # unsure, but for the label given
    assert sorted(place for place, _ in doubt.issues(labels, chances)) == [7, 20]


def test_missing_labels_and_classes_that_do_not_occur() -> None:
    truth, chances = judged()
    labels = np.where(np.arange(90) % 5 == 0, -1, truth)
    labels[7] = 2
    wide = np.hstack([chances * 0.99, np.full((90, 2), 0.005)])
    assert [place for place, _ in doubt.issues(labels, wide)] == [7]
    assert doubt.issues(np.full(90, -1), wide) == []
    assert doubt.issues(np.zeros(90, int), wide) == []


def test_the_list_names_photographs_and_is_written(tmp_path: Path) -> None:
    truth, chances = judged()
    labels = truth.copy()
    labels[7] = 2
    np.save(tmp_path / "pixels.npy", np.zeros((100, 8, 8, 3), np.uint8))
    rows = np.arange(90) + 10
    whole = np.full(100, -1)
    whole[rows] = labels
    prepared = Prepared(
        tmp_path, (Task("type", ("bowl", "<jar>", "vase"), {}),), np.array([f"{n}.png" for n in range(100)]),
        np.arange(100), {"type": whole}, {}, np.full(100, ""), np.full(100, 0.0, np.float32),
    )  # fmt: skip
    (found,) = doubt.find(prepared, rows, {"type": chances})
    assert (found.row, found.photograph, found.given, found.likelier) == (17, "17.png", "vase", "<jar>")
    assert 0.8 < found.wrong <= 1
    assert (found.given_probability, found.likelier_probability) == pytest.approx((0.1, 0.8))
    assert doubt.find(prepared, rows, {"type": chances}, tasks=[]) == []
    seen = np.ones((100, 3), bool)
    assert doubt.find(prepared, rows, {"type": chances}, seen={"type": seen}) == [found]
    seen[17, 2] = False  # no judge of this photograph was trained on vases
    assert doubt.find(prepared, rows, {"type": chances}, seen={"type": seen}) == []
    doubted = {"type": np.arange(100) == 17}
    sure = dataclasses.replace(prepared, confidence=np.full(100, 1.0, np.float32))
    assert [entry.sure for entry in doubt.find(sure, rows, {"type": chances})] == [1]
    assert [entry.sure for entry in doubt.find(sure, rows, {"type": chances}, doubted=doubted)] == [0]
    pages.write(tmp_path, prepared, [found])
    with (tmp_path / "doubts.csv").open(encoding="utf-8") as file:
        assert list(csv.reader(file))[1] == [
            "17.png",
            "type",
            f"{found.wrong:.3f}",
            "vase",
            "0.100",
            "<jar>",
            "0.800",
            "0",
        ]
    page = (tmp_path / "doubts.html").read_text(encoding="utf-8")
    assert "&lt;jar&gt;" in page
    assert "marked as unsure" in page
    page = (tmp_path / "doubts.zh.html").read_text(encoding="utf-8")
    assert '<html lang="zh-Hans">' in page
    assert "器形：1" in page
    assert "标为存疑" in page
