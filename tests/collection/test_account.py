"""An import's account, sentence by sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kilnmix.collection.account import account
from kilnmix.collection.labels import Understood, Unresolved
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.folder import Folder
from kilnmix.collection.tables.listing import Listing, Rejection, Row
from kilnmix.collection.tables.table import Table
from kilnmix.collection.vocabulary.field import Reading
from kilnmix.config import CollectionSettings

TABLE = Table(
    *(Path("labels.csv"), ("image", "number", "dynasty", "note"), (("", "", "", ""),) * 5, (2, 3, 4, 5, 6), "utf-8", {})
)


def row(place: int, object_: str) -> Row:
    return Row(place + 2, f"{place}.jpg", object_, "", "", "", {}, place=place)


def test_every_line(settings: CollectionSettings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"tasks": ("dynasty",), "doubtful": "leave-out"})
    found = Found("image", "number", None, None, None, {"dynasty": "dynasty"}, notes=("a note",))
    listing = Listing(
        rows=[row(0, "k1"), row(1, "k1"), row(2, ""), row(3, "k2")],
        rejected=[Rejection(6, "x.jpg", "missing-file", "there is no such file in the folder")] * 3,
        unlisted=["u1.jpg", "u2.jpg", "u3.jpg", "u4.jpg"],
    )
    readings = [Reading("ming", "exact"), Reading("song", "title"), Reading("", "doubtful"), Reading("", "missing")]
    understood = Understood(
        {"dynasty": readings},
        [Unresolved("dynasty", "qwerty", 2, "unknown", ())],
        [Unresolved("dynasty", "明?", 1, "doubtful", ("ming",))],
        {"dynasty": np.array([1, 1, 0, np.nan], np.float32)},
    )
    assert account(TABLE, found, listing, Folder(tmp_path), understood, settings).splitlines() == [
        "5 rows of labels.csv (utf-8, header in line 1)",
        "  note: a note",
        "  image      'image': 4 of 5 rows",
        "  object     'number': 3 objects, 4 photographs; 1 without an object number count as objects of their own",
        "  dynasty    'dynasty': 2 rows in 2 classes, 1 of them from None, 1 doubtful, left open ('明?'), "
        "2 not resolved ('qwerty'), 1 say nothing",
        "  columns not used (kept in the table): note",
        "  left out: 3 missing-file (line 6: 'x.jpg', there is no such file in the folder and 2 more)",
        "  pictures that no row names: 4 (u1.jpg, u2.jpg, u3.jpg and 1 more)",
    ]


def test_without_a_column_of_objects(settings: CollectionSettings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"tasks": ("dynasty",), "doubtful": "keep"})
    understood = Understood({"dynasty": [Reading("ming", "unsure")]}, [], [], {"dynasty": np.zeros(1, np.float32)})
    found = Found("image", None, None, None, None, {})
    text = account(TABLE, found, Listing(rows=[row(0, "")]), Folder(tmp_path), understood, settings)
    assert "object     no column: 1 objects, 1 photographs; nothing says which photographs show one object" in text
    assert "dynasty    no column: 1 rows in 1 classes, 1 doubtful, kept as not sure ()" in text


def test_classes_of_the_persons_own_are_named(settings: CollectionSettings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"tasks": ("motif", "dynasty")})
    readings = {
        "motif": [Reading(f"m{number:02d}", "exact") for number in (*range(11, -1, -1), 3)],
        "dynasty": [Reading("ming", "exact"), Reading("mingg", "new"), *[Reading("", "missing")] * 11],
    }
    understood = Understood(readings, [], [], {task: np.ones(13, np.float32) for task in readings})
    found = Found("image", None, None, None, None, {"motif": "motif", "dynasty": "dynasty"})
    text = account(TABLE, found, Listing(), Folder(tmp_path), understood, settings, ["an oddity"], ["motif"])
    assert "13 rows in 12 classes (m00, m01, m02, m03, m04, m05, m06, m07, m08, m09 and 2 more)\n" in text
    assert "2 rows in 2 classes (new: mingg), 11 say nothing\n" in text
    assert "  note: an oddity\n" in text


def test_files_that_are_no_pictures_by_their_names_are_counted(settings: CollectionSettings, tmp_path: Path) -> None:
    for name in ("a.NEF", "b.nef", "IMG_1", "named.CR2", "c.jpg", "labels.csv", "._c.jpg"):
        (tmp_path / name).touch()
    table = Table(tmp_path / "labels.csv", ("image", "dynasty"), (("", ""),), (2,), "utf-8", {})
    understood = Understood({"dynasty": [Reading("ming", "exact")]}, [], [], {"dynasty": np.ones(1, np.float32)})
    settings = settings.model_copy(update={"tasks": ("dynasty",)})
    listing = Listing(rows=[Row(2, "named.CR2", "", "", "", "", {})])
    text = account(table, Found("image", None, None, None, None, {}), listing, Folder(tmp_path), understood, settings)
    assert text.splitlines()[-1] == (
        "  other files, not taken for pictures by their names: 3 (.nef 2, no suffix 1; the first is IMG_1)"
    )


def test_folders_of_classes_are_told_how_objects_can_be_named(settings: CollectionSettings, tmp_path: Path) -> None:
    table = Table(tmp_path, ("image", "dynasty"), (("", ""),), (1,), "folders", {})
    understood = Understood({"dynasty": [Reading("ming", "exact")]}, [], [], {"dynasty": np.ones(1, np.float32)})
    settings = settings.model_copy(update={"tasks": ("dynasty",)})
    found = Found("image", None, None, None, None, {})
    text = account(table, found, Listing(rows=[row(0, "")]), Folder(tmp_path), understood, settings)
    assert "nearly the same picture as another. A table with a column of object numbers (--labels) says it" in text
    assert "compose" not in text
