"""Pictures by paths of other machines and of folders that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kilnmix.collection.elsewhere import Elsewhere
from kilnmix.collection.tables.folder import Folder


def ways(root: Path, files: Sequence[str], *cells: str) -> Elsewhere:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return Elsewhere(cells, root, Folder(root))


def paths(found: Elsewhere, *names: str) -> list[str]:
    return [found.path(name) for name in names]


@pytest.mark.parametrize("turned", [False, True])
def test_a_folder_that_is_not_there_does_not_take_what_another_row_names(tmp_path: Path, turned: bool) -> None:
    cells = ["qing/1.png", "ming/1.png"]
    found = ways(tmp_path, ["ming/1.png"], *(reversed(cells) if turned else cells))
    assert paths(found, *cells) == cells
    assert found.guessed == {} and found.sentences() == []


def test_two_names_that_guess_at_one_picture_have_none(tmp_path: Path) -> None:
    found = ways(tmp_path, ["ming/1.png", "ming/2.png"], "qing/1.png", "song/1.png", "qing/2.png")
    assert paths(found, "qing/1.png", "song/1.png", "qing/2.png") == ["qing/1.png", "song/1.png", "ming/2.png"]


def test_a_name_that_is_not_exact_stays_as_it_is_written(tmp_path: Path) -> None:
    # So that a row with the exact path comes before it.
    found = ways(tmp_path, ["deep/1.png"], "1.png", "deep/1.png", "DEEP/1")
    assert paths(found, "1.png", "deep/1.png", "DEEP/1") == ["1.png", "deep/1.png", "DEEP/1"]


def test_what_is_guessed_is_counted(tmp_path: Path) -> None:
    found = ways(tmp_path, ["a.png", "b.png"], "old/a.png", "old/deep/b.png")
    assert found.guessed == {"old/a.png": "a.png", "old/deep/b.png": "b.png"}
    assert found.sentences() == [
        "2 names are of folders that are not there; their pictures are taken by the file's name alone: "
        "'old/a.png' is 'a.png', 'old/deep/b.png' is 'b.png'"
    ]


def test_a_folder_that_is_there_is_meant(tmp_path: Path) -> None:
    found = ways(tmp_path, ["x/1.png", "y/2.png"], "x/2.png", "x/1.png")
    assert paths(found, "x/2.png", "x/1.png") == ["x/2.png", "x/1.png"]


def test_a_list_of_paths_is_no_path(tmp_path: Path) -> None:
    # Its end alone is the name of a picture.
    cell = "old/a.png; old/b.png"
    found = ways(tmp_path, ["a.png", "b.png"], cell, "older/c, d.png")
    assert paths(found, cell, "old/a.png", "old/b.png") == [cell, "a.png", "b.png"]


def test_a_name_with_a_comma_is_one_name(tmp_path: Path) -> None:
    found = ways(tmp_path, ["bowl, blue.png", "blue.png"], "my photos/bowl, blue.png")
    assert found.guessed == {"my photos/bowl, blue.png": "bowl, blue.png"}


def test_paths_of_another_machine_lose_what_all_begin_with(tmp_path: Path) -> None:
    cells = ["D:\\photos\\x\\1.png; D:\\photos\\x\\2.png", "D:\\photos\\y\\1.png"]
    found = ways(tmp_path, ["x/1.png", "x/2.png", "y/1.png"], *cells)
    assert paths(found, "D:\\photos\\x\\1.png", "D:\\photos\\x\\2.png", cells[1]) == ["x/1.png", "x/2.png", "y/1.png"]


def test_paths_from_the_tables_own_folder(tmp_path: Path) -> None:
    (tmp_path / "mine/photos").mkdir(parents=True)
    (tmp_path / "mine/photos/1.png").write_bytes(b"")
    found = Elsewhere(["photos/1.png", "/etc/1.png", "\x00"], tmp_path / "mine", Folder(tmp_path / "mine/photos"))
    assert paths(found, "photos/1.png", "/etc/1.png") == ["1.png", "/etc/1.png"]
    assert found.guessed == {}
