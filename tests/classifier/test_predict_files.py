"""Answers for files: sets at a stated error, and how they are written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from kilnmix.classifier.answers import Answer, write_csv, write_json, write_table
from kilnmix.classifier.predict_files import SETS, read_thresholds, sets
from kilnmix.common.csv_files import unguarded
from kilnmix.common.errors import UserError

SURE = Answer("one.jpg", {"glaze": [("celadon", 0.9)]}, {"glaze": ["celadon"]})
UNSURE = Answer("two.jpg", {"glaze": [("celadon", 0.5)], "type": [("jar", 0.8)]}, {"glaze": ["celadon", "white"]})


def test_a_set_holds_the_classes_that_are_likely_enough() -> None:
    probabilities = {"glaze": np.array([0.2, 0.45, 0.35], np.float32), "type": np.array([0.9, 0.1], np.float32)}
    classes = {"glaze": ("black", "celadon", "white"), "type": ("bowl", "jar")}
    assert sets(probabilities, classes, {"glaze": 0.7}) == {"glaze": ["celadon", "white"]}
    assert sets(probabilities, classes, {"glaze": 0.5, "type": 0.2}) == {"glaze": [], "type": ["bowl"]}


def test_a_person_reads_what_is_sure_and_what_is_not(capsys: pytest.CaptureFixture) -> None:
    write_table([SURE, UNSURE])
    assert capsys.readouterr().out.splitlines() == [
        "one.jpg",
        "  glaze  celadon 0.90",
        "two.jpg",
        "  glaze  not sure: celadon 0.50 (or white)",
        "  type   jar 0.80",
    ]


def test_programs_read_the_same(capsys: pytest.CaptureFixture) -> None:
    write_json([UNSURE])
    assert json.loads(capsys.readouterr().out) == {
        "picture": "two.jpg",
        "glaze": {"celadon": 0.5},
        "type": {"jar": 0.8},
        "sets": {"glaze": ["celadon", "white"]},
    }
    write_csv([SURE, UNSURE])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "one.jpg,glaze,celadon,0.9000,yes",
        "two.jpg,glaze,celadon,0.5000,yes",
        "two.jpg,type,jar,0.8000,",
    ]


def test_an_error_that_the_model_states_no_sets_for_is_a_sentence(tmp_path: Path) -> None:
    assert read_thresholds(tmp_path, 0.1) == {}
    (tmp_path / SETS).write_text(json.dumps({"0.05": {"glaze": None}, "0.1": {"glaze": 0.6, "type": None}}))
    assert read_thresholds(tmp_path, 0.1) == {"glaze": 0.6}
    assert read_thresholds(tmp_path, 0.05) == {}
    with pytest.raises(UserError, match=r"take one of 0.05, 0.1 for --error"):
        read_thresholds(tmp_path, 0.3)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"x": {}}', '{"0.1": [1]}', '{"0.1": {"glaze": "many"}}', "\udc00"]
)
def test_damaged_sets_are_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / SETS).write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match=SETS):
        read_thresholds(tmp_path, 0.1)


def test_no_cell_is_a_formula(capsys: pytest.CaptureFixture) -> None:
    names = ["=cmd|'/c calc'!A0.jpg", "+1.jpg", "-x.jpg", "@sum.jpg", "\tx.jpg", "a,b.jpg"]
    write_csv([Answer(name, {"=task": [("=class", 0.5)]}, {}) for name in names])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:]
    assert [row[0] for row in rows] == [*(f"'{name}" for name in names[:5]), "a,b.jpg"]
    assert rows[0][1:] == ["'=task", "'=class", "0.5000", ""]
    assert [unguarded(row[0]) for row in rows] == names
