"""The prepared collection in memory and on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection import prepared
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common.errors import UserError

TYPE = Task("type", ("bowl", "jar"), {"bowl": "bowl", "jar": "jar"}, {"jar": "罐"})
GLAZE = Task("glaze", ("white",), {"white": "white"})


def made(folder: Path) -> Prepared:
    np.save(folder / "pixels.npy", np.arange(3 * 12, dtype=np.uint8).reshape(3, 2, 2, 3))
    given = Prepared(
        folder=folder,
        tasks=(TYPE, GLAZE),
        ids=np.array(["a.jpg", "b, c.jpg", "碗.jpg"]),
        objects=np.array([0, 1, 0]),
        labels={"type": np.array([1, -1, 0]), "glaze": np.array([0, 0, -1])},
        parts={0: np.array(["train", "test", "train"]), 1: np.array(["val", "", "val"])},
        sources=np.array(["met", "", "met"]),
        confidence=np.array([1.0, np.nan, 0.25], np.float32),
    )
    prepared.write_tables(given)
    return given


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    given = made(tmp_path)
    found = prepared.load(tmp_path)
    assert found.tasks == given.tasks
    for name in ("ids", "objects", "sources"):
        assert getattr(found, name).tolist() == getattr(given, name).tolist()
    np.testing.assert_array_equal(found.confidence, given.confidence)
    assert found.label_matrix.tolist() == [[1, 0], [-1, 0], [0, -1]]
    assert {fold: parts.tolist() for fold, parts in found.parts.items()} == {
        0: ["train", "test", "train"],
        1: ["val", "", "val"],
    }
    assert (tmp_path / "photographs.csv").read_text(encoding="utf-8").splitlines() == [
        "id,object,type,glaze,source,confidence",
        "a.jpg,0,jar,white,met,1",
        '"b, c.jpg",1,,white,,',
        "碗.jpg,0,bowl,,met,0.25",
    ]


def test_labels_that_the_table_doubts(tmp_path: Path) -> None:
    given = made(tmp_path)
    header, ids = "id,type,type_finer,type_sure,glaze,glaze_finer,glaze_sure", ('"a.jpg"', '"b, c.jpg"', "碗.jpg")
    lines = [f"{name},,,{sure},,," for name, sure in zip(ids, ("0", "", "1"), strict=True)]
    (tmp_path / "terms.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    assert {task: said.tolist() for task, said in given.doubted.items()} == {
        "type": [True, False, False],
        "glaze": [False, False, False],
    }
    (tmp_path / "terms.csv").write_text("\n".join([header, *lines[:2], ""]), encoding="utf-8")
    with pytest.raises(UserError, match=r"terms\.csv is damaged"):
        _ = prepared.load(tmp_path).doubted


def test_descriptions_come_back_and_others_have_no_file(tmp_path: Path) -> None:
    given = made(tmp_path)
    assert not (tmp_path / "captions.csv").exists() and prepared.load(tmp_path).captions is None
    prepared.write_tables(replace(given, captions=np.array(["a jar, chipped", "", "碗"])))
    found = prepared.load(tmp_path)
    assert found.captions is not None and found.captions.tolist() == ["a jar, chipped", "", "碗"]
    assert found.digest != given.digest


def test_members_and_views(tmp_path: Path) -> None:
    given = made(tmp_path)
    assert (len(given), given.views.tolist()) == (3, [2, 1, 2])
    assert given.members(0, "train").tolist() == [0, 2] and given.members(1, "val").tolist() == [0, 2]
    assert given.members("all", "train").tolist() == [0, 1, 2] and given.members("all", "test").tolist() == []
    with pytest.raises(UserError, match=r"no fold 3; it has \[0, 1\]"):
        given.members(3, "test")
    assert (given.task("glaze"), given.task("type").index("jar")) == (GLAZE, 1)
    assert given.pixels[2, 1, 1].tolist() == [33, 34, 35]


def test_without_the_test_part_of_a_fold(tmp_path: Path) -> None:
    given = made(tmp_path)
    hidden = given.without_test(0)
    tested = given.members(0, "test")
    assert len(tested) and not len(hidden.members(0, "test"))
    for part in ("train", "val"):
        assert hidden.members(0, part).tolist() == given.members(0, part).tolist()
    assert (hidden.label_matrix[tested] == prepared.MISSING).all()
    rest = np.setdiff1d(np.arange(len(given)), tested)
    assert (hidden.label_matrix[rest] == given.label_matrix[rest]).all()
    assert hidden.members(1, "test").tolist() == given.members(1, "test").tolist()


def test_the_digest_follows_pixels_and_tables(tmp_path: Path) -> None:
    first = made(tmp_path).digest
    assert prepared.load(tmp_path).digest == first
    with (tmp_path / "folds.csv").open("a") as file:
        file.write("\n")
    assert prepared.load(tmp_path).digest != first


def test_a_folder_without_a_collection(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dvc repro prepare"):
        prepared.load(tmp_path)


@pytest.mark.parametrize(("name", "said"), [("object", "a column of the prepared table"), ("a/b", "--task a-b=a/b")])
def test_names_that_no_task_can_have(name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        prepared.check_task_names([name])
    prepared.check_task_names(["器型", "dynasty"])
