"""A curated pool on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from kilnmix.curation import accepted
from kilnmix.curation.accepted import Curated

TASKS = (Task("glaze", ("celadon", "red"), {}), Task("type", ("bowl",), {}))
CURATED = Curated(
    ids=["a", "b", "c"],
    status=["accepted", "memorised", "accepted"],
    nearest=["x.jpg", "y.jpg", "x.jpg"],
    similarity=np.array([0.5, 0.96, 0.25]),
    asked=np.array([[1, 0], [0, -1], [0, -1]]),
    probability=np.array([[0.25, 0.75], [0.5, np.nan], [0.125, np.nan]], np.float32),
    masked=np.array([[True, False], [False, False], [False, False]]),
)


def test_the_table_line_by_line_and_read_back(tmp_path: Path) -> None:
    accepted.write_table(tmp_path, TASKS, CURATED)
    np.save(tmp_path / "pixels.npy", np.zeros((2, 4, 4, 3), np.uint8))
    assert (tmp_path / "images.csv").read_text().splitlines() == [
        "id,status,nearest,similarity,glaze,glaze_probability,glaze_masked,type,type_probability,type_masked,faults",
        "a,accepted,x.jpg,0.5000,red,0.2500,1,bowl,0.7500,0,",
        "b,memorised,y.jpg,0.9600,celadon,0.5000,0,,,,",
        "c,accepted,x.jpg,0.2500,celadon,0.1250,0,,,,",
    ]
    assert CURATED.accepted.tolist() == [0, 2]
    found = accepted.load(tmp_path, TASKS)
    assert (found.ids, len(found)) == (("a", "c"), 2)
    assert found.asked.tolist() == [[1, 0], [0, -1]] and found.kept.tolist() == [[-1, 0], [0, -1]]
    assert found.alignment.tolist() == [0.5, 0.125]  # masked labels count too
    assert found.pixels == tmp_path / "pixels.npy"


def test_soft_labels_are_kept_and_read_back(tmp_path: Path) -> None:
    shares = np.array([[0.25, 0.75], [1.0, 0.0], [1.0, 0.0]], np.float32)
    accepted.write_table(tmp_path, TASKS, replace(CURATED, soft={"glaze": shares}))
    np.save(tmp_path / "pixels.npy", np.zeros((2, 4, 4, 3), np.uint8))
    lines = (tmp_path / "images.csv").read_text().splitlines()
    assert lines[0].endswith(",faults,glaze_soft") and lines[1].endswith(',"{""celadon"": 0.25, ""red"": 0.75}"')
    found = accepted.load(tmp_path, TASKS)
    assert {task: own.tolist() for task, own in found.soft.items()} == {"glaze": [[0.25, 0.75], [1.0, 0.0]]}


def test_other_photographs_need_no_judge(tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    accepted.write_trusted(tmp_path / "new", TASKS, ["a", "b"], pixels, np.array([[1, -1], [-1, -1]]))
    found = accepted.load(tmp_path / "new", TASKS)
    assert (found.ids, found.kept.tolist(), found.alignment.tolist()) == (("a", "b"), [[1, -1], [-1, -1]], [1.0, 0.0])
    np.testing.assert_array_equal(np.load(found.pixels), pixels)


def test_without_a_pool_and_numbers_for_json(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dvc repro curate"):
        accepted.rows(tmp_path)
    assert (accepted.number(float("nan")), accepted.number(1 / 3)) == (None, 0.333333)
    accepted.write_alignment(tmp_path, {"器形": {"skill": 0.5}})
    assert json.loads((tmp_path / "alignment.json").read_text(encoding="utf-8")) == {"器形": {"skill": 0.5}}
