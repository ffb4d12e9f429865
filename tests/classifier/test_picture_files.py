"""Which files a person means, by whatever suffix and in whatever bytes their names are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from kilnmix.classifier import picture_files
from kilnmix.collection.pictures.picture import SUFFIXES
from kilnmix.collection.tables.folder import Folder
from kilnmix.common.errors import UserError


def touched(folder: Path, *names: bytes | str) -> None:
    for name in names:
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_a_folder_gives_what_import_takes(tmp_path: Path) -> None:
    endings = [*sorted(SUFFIXES), ".JPG", ".JfIf"]
    touched(tmp_path, *(f"{number}{ending}" for number, ending in enumerate(endings)), "a.txt", "b.cr2", "c")
    found, notes = picture_files.find([tmp_path])
    assert len(found) == len(endings) == len(Folder(tmp_path).pictures)
    assert {".jfif", ".jpe", ".gif", ".avif", ".mpo", ".jp2", ".heif", ".tif", ".webp"} <= SUFFIXES
    assert notes == [f"{tmp_path}: 3 files of other kinds are passed over: .txt 1, .cr2 1, no suffix 1"]


def test_what_is_passed_over_is_said(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out.png"
    touched(folder, "a.png", "._a.png", "@eaDir/a.png/thumb.jpg", ".hidden.jpg", "sub.png/b.png")
    outside.write_bytes(b"")
    (folder / "link.png").symlink_to(outside)
    (folder / "dangling.png").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.png")
    found, notes = picture_files.find([folder])
    assert [file.name for file in found] == [f"{folder}/a.png", f"{folder}/sub.png/b.png"]
    assert notes == [
        f"{folder}: 3 hidden files and thumbnails of devices and systems are passed over",
        f"{folder}: 2 links lead out of the folder or nowhere and are passed over: dangling.png, link.png",
        f"{folder}: pipes, devices and sockets are passed over: pipe.png",
    ]


def test_names_in_any_bytes_are_read_and_written(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    touched(folder, "青花碗_01.png".encode("gbk"), "粉彩瓶_02.png".encode("gbk"), "plain.png", "line\nbreak.png")
    found, notes = picture_files.find([folder])
    names = [file.name for file in found]
    assert {Path(name).name for name in names} == {"青花碗_01.png", "粉彩瓶_02.png", "plain.png", "line\nbreak.png"}
    assert all(file.path.is_file() and file.name.encode() for file in found)
    assert any("not in UTF-8" in note for note in notes)
    alone = folder / os.fsdecode("青花碗_01.png".encode("gbk"))
    assert picture_files.find([alone])[0][0].name == f"{folder}/青花碗_01.png"


def test_nothing_to_find_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no file"):
        picture_files.find([tmp_path / "photo.jpg"])
    touched(tmp_path, "a.txt")
    with pytest.raises(UserError, match=r"holds no pictures(.|\n)*\.txt 1"):
        picture_files.find([tmp_path])


def test_a_mistyped_name_is_told_before_torch_is_imported(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    script = (
        "import sys\nfrom kilnmix import cli\nsys.argv = ['kilnmix', 'predict', *sys.argv[1:]]\n"
        "try:\n    cli.main()\nexcept SystemExit as end:\n    print(end.code, 'torch' in sys.modules)"
    )
    for given in (["photo.jpg"], ["a.png", "--model", "nowhere"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *given], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout == "2 False\n"
        assert done.stderr.startswith("kilnmix: ")
