"""Files by the names that tables write, on real folders."""

from __future__ import annotations

import itertools
import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kilnmix.collection.tables.folder import (
    Folder,
    decodable,
    folded,
    named,
    need_folder,
    numbered,
    outside,
    shared_parent,
)
from kilnmix.common.errors import UserError


def made(root: Path, *names: str) -> Folder:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return Folder(root)


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("images/A 1.jpg", "images/A 1.jpg"),
        ("./images/A 1.jpg", "images/A 1.jpg"),
        ("images\\a 1.JPG", "images/A 1.jpg"),
        ("a 1", "images/A 1.jpg"),
        ("A\u00a01.jpg\u200b", "images/A 1.jpg"),
        ("cafe\u0301.png", "café.png"),
        ("Ｂ.jpg", None),
        ("c.jpg", None),
    ],
)
def test_a_cell_means_the_one_file_that_it_can_mean(tmp_path: Path, written: str, file: str | None) -> None:
    folder = made(tmp_path, "images/A 1.jpg", "café.png", "one/c.jpg", "two/c.jpg", "labels.csv")
    assert folder.match(written) == file


def test_two_files_may_be_meant(tmp_path: Path) -> None:
    folder = made(tmp_path, "one/c.jpg", "two/C.jpg", "a.jpg", "a.png")
    assert folder.candidates("c.JPG") == ["one/c.jpg", "two/C.jpg"]
    assert folder.match("C.jpg") is None
    assert folder.match("TWO/c.jpg") == "two/C.jpg"
    assert folder.candidates("a") == ["a.jpg", "a.png"]
    assert folder.pictures == ["a.jpg", "a.png", "one/c.jpg", "two/C.jpg"]


def test_what_devices_keep_and_links_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "data"
    made(root, "a.jpg", ".hidden.jpg", "@eaDir/a.jpg/thumb.jpg", "Thumbs.db")
    (tmp_path / "else.jpg").write_bytes(b"")
    (root / "out.jpg").symlink_to(tmp_path / "else.jpg")
    (root / "nowhere.jpg").symlink_to(tmp_path / "none.jpg")
    closed = Folder(root, links=False)
    assert (closed.files, closed.passed.aides, sorted(closed.passed.links)) == (
        ["a.jpg"],
        3,
        ["nowhere.jpg", "out.jpg"],
    )
    assert Folder(root).files == ["a.jpg", "out.jpg"]
    assert [sentence.split()[0] for sentence in closed.passed.sentences()] == ["3", "2"]


def test_names_in_another_encoding_are_read(tmp_path: Path) -> None:
    names = ["青花缠枝莲纹大碗.jpg", "粉彩花卉纹瓶.jpg"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name.encode("gbk"))).write_bytes(b"x")
    folder = Folder(tmp_path)
    assert folder.files == sorted(names) == sorted(folder.passed.renamed)
    assert folder.path(names[0]).read_bytes() == b"x"


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("../a.jpg", True), ("a/../../b.jpg", True), ("/etc/a", True), ("~/a", True), ("C:\\a.jpg", True),
        ("https://x.org/a.jpg", True), ("a/../b.jpg", False), ("..a.jpg", False), ("images\\a.jpg", False),
    ],
)  # fmt: skip
def test_paths_that_leave_the_folder(written: str, leaves: bool) -> None:
    assert outside(written) is leaves


def test_names_in_addresses_and_free_names() -> None:
    assert named("https://museum.org/images/b%20owl.jpg?size=2") == "b owl.jpg"
    assert named("https://museum.org/") == "https://museum.org/"
    assert named("plain.jpg") == "plain.jpg"
    assert list(itertools.islice(numbered("one/a.jpg"), 3)) == ["one/a.jpg", "one/a-2.jpg", "one/a-3.jpg"]
    assert folded("A  B/C.JPG") == "a b/c.jpg"
    assert decodable("碗.jpg") and not decodable("\udce9.jpg")


@pytest.mark.parametrize(
    ("written", "common"),
    [
        (["D:\\photos\\a\\1.jpg", "D:\\photos\\b\\2.jpg"], "D:/photos/"),
        (["D:/photos/1.jpg", "", "D:/photos/12.jpg"], "D:/photos/"),
        (["file:///D:/x/1.jpg", "file:///D:/x/2.jpg"], "file:///D:/x/"),
        (["//server/share/1.jpg", "//server/other/2.jpg"], "//server/"),
        (["/home/me/1.jpg", "2.jpg"], ""),
        (["a/1.jpg", "a/2.jpg"], ""),
        (["", ""], ""),
    ],
)
def test_what_whole_paths_of_another_machine_share(written: list[str], common: str) -> None:
    assert shared_parent(written) == common


def test_backslashes_in_names_are_paths_unless_they_lead_out(tmp_path: Path) -> None:
    folder = made(tmp_path, "ming/1.png", "ming\\1.png", "ming\\2.png", "b\\..\\..\\3.png", "C:\\4.png", "a\\..\\5.png")
    assert folder.files == ["C:\\4.png", "a\\..\\5.png", "b\\..\\..\\3.png", "ming/1-2.png", "ming/1.png", "ming/2.png"]
    assert folder.path("ming/2.png") == tmp_path / "ming\\2.png"
    assert folder.path("ming/1-2.png") == tmp_path / "ming\\1.png"
    assert (folder.match("ming\\2.png"), folder.match("Ming/2"), folder.match("2.png")) == ("ming/2.png",) * 3
    assert folder.passed.sentences() == [
        "2 file names hold backslashes and are read as paths: ming/1-2.png, ming/2.png"
    ]
    assert folder.is_path(".\\ming\\1.png") and not folder.is_path("ming/1") and not folder.is_path("MING/1.png")


def test_an_archive_in_a_folders_place_is_told_how_to_be_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "my photos.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.jpg", "x")
    with pytest.raises(UserError, match="is an archive, and no folder") as refused:
        need_folder(archive)
    command = shlex.split(str(refused.value).split("`")[1])
    assert command[0] == ".venv/bin/python"
    subprocess.run([sys.executable, *command[1:]], check=True)
    need_folder(tmp_path / "my photos")
    assert (tmp_path / "my photos" / "a.jpg").read_text() == "x"
    with pytest.raises(UserError, match="is no folder"):
        need_folder(tmp_path / "my photos" / "a.jpg")
    with pytest.raises(UserError, match="There is no folder"):
        need_folder(tmp_path / "none")
