"""What `kilnmix import` leaves is what `prepare` reads: one after the other, on tables with odd names for columns."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kilnmix.collection import pipeline, prepared
from kilnmix.collection.card.card import DataCard
from kilnmix.collection.prepared import Prepared
from kilnmix.config import composition, load
from tests.collection.conftest import picture
from tests.commands.conftest import Run

DYNASTIES, TYPES, MUSEUMS = ("Ming", "Qing", "Song"), ("bowl", "vase", "dish"), ("Met", "Louvre")
PLAIN = ("--task", "dynasty", "--task", "type")
Brought = Callable[..., tuple[str, str]]


def lines(header: str, count: int = 12) -> list[list[str]]:
    """A table with one row an object: file, number, dynasty, type, museum."""
    made = [
        [f"p{n:02d}.png", f"k{n}", DYNASTIES[n % 3], TYPES[n // 3 % 3], MUSEUMS[n % 2]][: header.count(",") + 1]
        for n in range(count)
    ]
    return [header.split(","), *made]


@pytest.fixture
def bring(composed_project: Path, tmp_path: Path, run: Run) -> Brought:
    """Imports twelve pictures, or those named, with a table; what was printed and the command's error."""

    def call(
        table: Sequence[Sequence[str]], *options: str, names: Sequence[str] = (), status: int = 0
    ) -> tuple[str, str]:
        for number, name in enumerate(names or [f"p{n:02d}.png" for n in range(12)]):
            (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
            picture(number).save(tmp_path / "mine" / name)
        with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(table)
        done = run("import", str(tmp_path / "mine"), "--labels", str(tmp_path / "t.csv"), *options)
        assert done[0] == status, done[2]
        return done[1], done[2]

    return call


def prepare(tmp_path: Path) -> tuple[Prepared, DataCard]:
    (tmp_path / "out").mkdir()
    card = pipeline.prepare(load().collection, 1, 0, tmp_path / "out", tmp_path / "out")
    return prepared.load(tmp_path / "out"), card


def classes(found: Prepared, task: str) -> list[str]:
    names = next(entry.classes for entry in found.tasks if entry.name == task)
    return [names[label] if label >= 0 else "" for label in found.labels[task].tolist()]


def header() -> list[str]:
    with Path("data/labels.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


DYNASTY = [name.lower() for name in DYNASTIES] * 4
TYPE = [TYPES[n // 3 % 3] for n in range(12)]


def test_headings_that_the_person_names(bring: Brought, tmp_path: Path) -> None:
    bring(lines("image,object_id,Period,Category"), "--task", "dynasty=Period", "--task", "form=Category")
    assert header() == ["image", "object_id", "Period", "Category"]
    found, _ = prepare(tmp_path)
    assert (classes(found, "dynasty"), classes(found, "form")) == (DYNASTY, TYPE)
    # The settings still know the headings when the table comes again.
    bring(lines("image,object_id,Period,Category"))
    assert load().collection.columns.tasks == {"dynasty": "Period", "form": "Category"}


def test_one_column_for_two_tasks(bring: Brought, tmp_path: Path) -> None:
    bring(lines("image,object_id,dynasty,type"), "--task", "a=type", "--task", "b=type")
    found, _ = prepare(tmp_path)
    assert classes(found, "a") == classes(found, "b") == TYPE


def test_a_task_that_is_the_source_as_well(bring: Brought, tmp_path: Path) -> None:
    bring(lines("image,object_id,dynasty,type,source"), "--task", "type", "--task", "museum=source")
    found, _ = prepare(tmp_path)
    assert classes(found, "museum") == [name.lower() for name in MUSEUMS] * 6
    assert found.sources.tolist() == list(MUSEUMS) * 6


def test_captions_from_a_column_that_the_settings_name(bring: Brought, tmp_path: Path) -> None:
    composition.write(["collection.columns.caption=Description"])
    bring(lines("image,object_id,dynasty,type,Description"), *PLAIN)
    found, _ = prepare(tmp_path)
    assert found.captions.tolist() == list(MUSEUMS) * 6


def test_a_column_that_would_have_the_name_of_another(bring: Brought, tmp_path: Path) -> None:
    table = [["image", "object_id", "dynasty", "original dynasty", "Period"]]
    table += [[*row[:2], "", "x", row[2]] for row in lines("image,object_id,dynasty")[1:]]
    bring(table, "--task", "dynasty")
    assert header() == ["image", "object_id", "original dynasty 2", "original dynasty", "dynasty"]
    assert classes(prepare(tmp_path)[0], "dynasty") == DYNASTY


@pytest.mark.parametrize("number", ["unknown", "", "n/a", "--"])
def test_pictures_of_one_cell_stay_together(bring: Brought, tmp_path: Path, number: str) -> None:
    table = [["image", "object_id", "dynasty", "type"]]
    table += [[f"p{2 * n:02d}.png; p{2 * n + 1:02d}.png", number, DYNASTIES[n % 3], TYPES[n % 3]] for n in range(6)]
    bring(table, *PLAIN)
    found, card = prepare(tmp_path)
    assert (card.kept, card.objects) == (12, 6)
    assert [found.objects[2 * n] == found.objects[2 * n + 1] for n in range(6)] == [True] * 6


def test_a_folder_that_was_not_copied(bring: Brought, tmp_path: Path) -> None:
    table = [["image", "object_id", "dynasty", "type"]]
    table += [[f"qing/{n}.png", f"q{n}", "Qing", "vase"] for n in range(4)]
    table += [[f"ming/{n}.png", f"m{n}", "Ming", "bowl"] for n in range(4)]
    table += [[f"song/s{n}.png", f"s{n}", "Song", "bowl"] for n in range(4)]
    names = [row[0] for row in table[5:]]
    table.append(["song/s0.png", "s0", "Song", "vase"])  # listed twice
    out, _ = bring(table, "--task", "dynasty", names=names)
    assert "left out: 4 missing-file (line 2: 'qing/0.png'" in out
    found, card = prepare(tmp_path)
    assert classes(found, "dynasty") == ["ming"] * 4 + ["song"] * 4
    assert card.rejected == {"missing-file": 4, "listed-twice": 1}


def test_rows_before_the_one_that_names_a_picture_exactly(bring: Brought, tmp_path: Path) -> None:
    table = lines("image,object_id,dynasty,type")
    table[1][0] = "deep/p00.png"
    table.insert(1, ["p00.png", "other", "Song", "dish"])
    bring(table, *PLAIN, names=["deep/p00.png", *(f"p{n:02d}.png" for n in range(1, 12))])
    found, card = prepare(tmp_path)
    assert classes(found, "dynasty") == DYNASTY
    assert card.rejected == {"listed-twice": 1}


def test_names_with_backslashes(bring: Brought, tmp_path: Path) -> None:
    table = lines("image,object_id,dynasty,type")
    for row in table[1:]:
        row[0] = f"ming\\{row[0]}"
    out, _ = bring(table, *PLAIN, names=[row[0] for row in table[1:]])
    assert "12 file names hold backslashes and are read as paths: ming/p00.png" in out
    assert sorted(path.name for path in Path("data/images/ming").iterdir()) == [f"p{n:02d}.png" for n in range(12)]
    assert classes(prepare(tmp_path)[0], "dynasty") == DYNASTY


def test_rows_without_a_picture_are_no_classes(bring: Brought, tmp_path: Path) -> None:
    table = [[row[0], row[1], row[3]] for row in lines("image,object_id,dynasty,motif")]
    out, _ = bring([*table, ["Total", "12", "24"], ["图片", "编号", "纹样"]], "--task", "motif")
    assert "12 rows in 3 classes (bowl, dish, vase)" in out
    assert "left out: 2 missing-file" in out
    alike = [[*row[:2], "lotus" if place else row[2]] for place, row in enumerate(table)]
    _, told = bring([*alike, ["Total", "12", "24"]], "--task", "motif", status=2)
    assert "The task motif has one class only, lotus" in told


def test_views_that_contradict_each_other_are_told_and_stand_in_the_card(bring: Brought, tmp_path: Path) -> None:
    table = lines("image,object_id,dynasty,type")
    for number, row in enumerate(table[1:]):
        row[1] = f"k{number // 2}"
    out, _ = bring(table, *PLAIN)
    # Dynasties change from row to row, types every third row: objects of rows 2 and 3, 8 and 9 have two.
    assert "6 objects have photographs that contradict each other in dynasty (k0: ming, qing, " in out
    assert "2 objects have photographs that contradict each other in type (k1: bowl, vase, k4: dish, bowl)" in out
    cautions = [found for found in prepare(tmp_path)[1].cautions if found.kind == "contradicting"]
    assert [(found.task, found.values["objects"]) for found in cautions] == [("dynasty", 6), ("type", 2)]
    card = json.loads((tmp_path / "out" / "card.json").read_text(encoding="utf-8"))
    assert "contradicting" in {entry["kind"] for entry in card["cautions"]}


@pytest.mark.parametrize("spoil", ["unknown term", "one class"])
def test_advice_keeps_the_headings_and_what_was_told_of_terms(bring: Brought, run: Run, spoil: str) -> None:
    table = lines("image,object_id,Zeit,Category")
    for row in table[1:]:
        row[3] = row[3] if spoil == "unknown term" else "bowl"
    table[3][2] = "Mingg"
    options = ["--task", "dynasty=Zeit", "--task", "form=Category"]
    options += [] if spoil == "unknown term" else ["--unresolved", "leave-out"]
    _, told = bring(table, *options, status=2)
    advised = [shlex.split(command) for command in re.findall(r"`(?:\S*/)?kilnmix (import [^`]+)`", told)]
    kept = (
        ["--task", "dynasty=Zeit", "--task", "form=Category"] if spoil == "unknown term" else ["--task", "dynasty=Zeit"]
    )
    ways = ["leave-out", "allow"] if spoil == "unknown term" else ["leave-out"]
    assert [command[4:] for command in advised] == [[*kept, "--unresolved", way] for way in ways]
    for command in advised:
        status, _, error = run(*command)
        assert status == 0, error
