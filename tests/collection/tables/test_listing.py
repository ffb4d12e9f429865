import unicodedata
from pathlib import Path

import pytest

from kilnmix.collection.tables import listing
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.folder import Folder, outside
from kilnmix.collection.tables.listing import gather
from kilnmix.collection.tables.table import Table
from tests import composed

FOUND = Found("image", "object_id", "source", "checked", None, {"type": "type"})


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def table(*rows: tuple[str, ...], misaligned: dict[int, str] | None = None) -> Table:
    columns = ("image", "object_id", "source", "checked", "type")
    filled = tuple((*row, *[""] * (5 - len(row))) for row in rows)
    return Table(Path("labels.csv"), columns, filled, tuple(range(2, len(rows) + 2)), "utf-8", misaligned or {})


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("images/a.jpg", "images/a.jpg"),
        ("./images/a.jpg", "images/a.jpg"),
        ("images\\a.jpg", "images/a.jpg"),
        ("IMAGES/A.JPG", "images/a.jpg"),
        ("a.jpg", "images/a.jpg"),
        ("a", "images/a.jpg"),
        ("twice.png", None),
        ("one/twice.png", "one/twice.png"),
        (unicodedata.normalize("NFD", "café.png"), "café.png"),
        ("梅瓶", "梅瓶.webp"),
        ("none.jpg", None),
    ],
)
def test_the_ways_in_which_tables_write_names(tmp_path: Path, written: str, file: str | None) -> None:
    touch(tmp_path, "images/a.jpg", "one/twice.png", "two/twice.png", "café.png", "梅瓶.webp", ".hidden.jpg")
    assert Folder(tmp_path).match(written) == file


@pytest.mark.parametrize("path", ["/etc/passwd", "../a.jpg", "a/../../b.jpg", "C:\\a.jpg", "http://x/a.jpg", "~/a.jpg"])
def test_paths_that_lead_out(path: str) -> None:
    assert outside(path)


def test_links_that_lead_out_are_not_taken_in(tmp_path: Path) -> None:
    touch(tmp_path, "secret.png", "photos/a.png")
    (tmp_path / "photos" / "b.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "photos" / "c.png").symlink_to(tmp_path / "photos" / "a.png")
    assert Folder(tmp_path / "photos", links=False).files == ["a.png", "c.png"]


def test_every_row_is_a_photograph_or_a_rejection(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg", "c.jpg", "spare.jpg", "notes.txt")
    given = table(
        ("a.jpg", "1", "palace", "1", "bowl"),
        ("", "2", "", "", "bowl"),
        ("none.jpg",),
        ("../a.jpg",),
        ("a.jpg", "1", "palace", "1", "bowl"),
        ("A.JPG", "1", "palace", "1", "jar"),
        ("b.jpg", "-", "未知", "0", "jar"),
        ("c.jpg",),
        ("x\x00.jpg",),
        misaligned={7: "the row has 6 cells"},
    )
    listed = gather(given, FOUND, composed.settings().collection.columns, Folder(tmp_path), ["-", "未知"].__contains__)
    assert [(row.line, row.image, row.object, row.source) for row in listed.rows] == [
        (2, "a.jpg", "1", "palace"),
        (8, "b.jpg", "", ""),
    ]
    assert [(item.line, item.reason) for item in listed.rejected] == [
        (3, "no-image"),
        (4, "missing-file"),
        (5, "outside"),
        (6, "listed-twice"),
        (7, "listed-twice"),
        (9, "misaligned-row"),
        (10, "missing-file"),
    ]
    assert "otherwise on type" in listed.rejected[4].detail
    assert [item.image for item in listing.without_rows(listed)] == ["spare.jpg"]


def listed(tmp_path: Path, *cells: str) -> tuple[list[tuple[int, str]], list[tuple[int, str, str]]]:
    """Line and picture of each row; line, name and reason of what is left out."""
    rows = [(cell, "", "", "", f"type {number}") for number, cell in enumerate(cells)]
    found = gather(table(*rows), FOUND, composed.settings().collection.columns, Folder(tmp_path))
    return (
        [(row.line, row.image) for row in found.rows],
        [(item.line, item.image, item.reason) for item in found.rejected],
    )


@pytest.mark.parametrize("cell", ["detail 1.png", "bowl, blue.jpg", "bowl; blue.jpg", "9、1", "x, 1", "my 1.png 1"])
def test_a_missing_file_is_not_cut_up_until_a_part_of_its_name_is_there(tmp_path: Path, cell: str) -> None:
    touch(tmp_path, "1.png", "blue.jpg")
    assert listed(tmp_path, cell) == ([], [(2, cell, "missing-file")])


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("1.png; blue.jpg", ["1.png", "blue.jpg"]),
        ("1.png blue.jpg", ["1.png", "blue.jpg"]),
        ("1.png，blue.jpg\n2.png", ["1.png", "blue.jpg", "2.png"]),
        ("1, 2", ["1.png", "2.png"]),
        ("1;2.png", ["1.png", "2.png"]),
        ("detail 2.png, 1.png", ["detail 2.png", "1.png"]),
        ("1.png, 1.PNG", ["1.png"]),
    ],
)
def test_a_list_of_files_is_taken_apart(tmp_path: Path, cell: str, names: list[str]) -> None:
    touch(tmp_path, "1.png", "2.png", "blue.jpg", "detail 2.png")
    assert listed(tmp_path, cell) == ([(2, name) for name in names], [])


def test_of_a_list_of_pictures_those_that_lack_are_counted(tmp_path: Path) -> None:
    touch(tmp_path, "1.png")
    assert listed(tmp_path, "1.png; gone.png") == ([(2, "1.png")], [(2, "gone.png", "missing-file")])


def test_the_row_that_names_a_picture_exactly_has_it(tmp_path: Path) -> None:
    touch(tmp_path, "ming/1.png")
    assert listed(tmp_path, "1.png", "ming/1.png") == ([(3, "ming/1.png")], [(2, "ming/1.png", "listed-twice")])
    assert listed(tmp_path, "ming\\1.png", "1.png") == ([(2, "ming/1.png")], [(3, "ming/1.png", "listed-twice")])
    found = gather(
        table(("1",), ("ming/1.png",)), FOUND, composed.settings().collection.columns, Folder(tmp_path)
    ).rejected
    assert [(item.written, item.detail) for item in found] == [("1", "the same as line 3")]
