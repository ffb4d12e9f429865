"""`kilnmix resolve` and `kilnmix collect`."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from tests import composed
from tests.collection.conftest import REPOSITORY
from tests.commands.conftest import Run


def test_a_table_comes_back_with_what_labels_mean(project: Path, run: Run) -> None:
    (project / "conf").mkdir()
    shutil.copy(REPOSITORY / "conf" / "vocabulary.yaml", project / "conf")
    Path("params.yaml").write_text(composed.text("collection=default"), encoding="utf-8")
    Path("t.csv").write_text("image,dynasty\na.jpg,北宋\nb.jpg,明?\nc.jpg,qwerty\n", encoding="utf-8")
    status, out, told = run("resolve", "t.csv", "--task", "dynasty")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["dynasty_id"] for row in rows] == ["song", "", ""]
    assert [row["dynasty_sure"] for row in rows] == ["1", "0", ""]
    assert "qwerty" in told
    status, _, told = run("resolve", "none.csv")
    assert status == 2 and "none.csv" in told


def test_a_museum_that_is_not_known(project: Path, run: Run) -> None:
    status, _, told = run("collect", "louvre")
    assert status == 2 and "There is no museum 'louvre'; there are cleveland, met." in told
    assert "views" in run("collect", "--help")[1]
    assert run("collect", "met", "--limit", "0")[0] == 2
