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
    listed = gather(given, FOUND, composed.settings().collection.columns, Folder(tmp_path), frozenset(["-", "未知"]))
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
