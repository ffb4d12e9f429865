"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from kilnmix.common import files
from kilnmix.common.errors import UserError


class BrokenOffError(Exception):
    pass


def test_a_folder_takes_the_others_place_when_the_block_ends_well(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for content in ("first", "second"):
        with files.fresh(out) as draft:
            assert draft.parent == tmp_path and not list(draft.iterdir())
            (draft / content).write_text(content)
    assert [path.name for path in out.iterdir()] == ["second"]
    with pytest.raises(BrokenOffError), files.fresh(out) as draft:
        (draft / "third").write_text("half")
        raise BrokenOffError
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "second"]


def test_what_a_killed_process_left_is_no_part_of_the_next_folder(tmp_path: Path) -> None:
    left = files.temporary(tmp_path / "out")
    left.mkdir()
    (left / "old").write_text("old")
    with files.fresh(tmp_path / "out"):
        pass
    assert list((tmp_path / "out").iterdir()) == []


def test_a_name_that_something_has_is_never_taken(tmp_path: Path) -> None:
    taken = tmp_path / "params-before.yaml"
    names = []
    for _ in range(3):
        free = files.free(taken)
        free.write_text("")
        names.append(free.name)
    assert names == ["params-before.yaml", "params-before-2.yaml", "params-before-3.yaml"]
    (tmp_path / "away").symlink_to(tmp_path / "nowhere")
    assert files.free(tmp_path / "away").name == "away-2"


def test_entries_replace_their_namesakes_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "folder").mkdir(parents=True)
    (out / "folder" / "old").write_text("")
    (out / "file").write_text("old")
    (out / "other").write_text("stays")
    with files.merged(out) as draft:
        (draft / "folder").mkdir()
        (draft / "folder" / "new").write_text("")
        (draft / "file").write_text("new")
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*")) == ["file", "folder", "folder/new", "other"]
    assert (out / "file").read_text() == "new"
    assert not files.temporary(out).exists()


@pytest.mark.parametrize(("durable", "concurrent"), [(False, False), (True, False), (True, True)])
def test_a_file_is_old_or_new(tmp_path: Path, durable: bool, concurrent: bool) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(BrokenOffError), files.replacing(path, durable, concurrent) as draft:
        draft.write_text("half")
        raise BrokenOffError
    assert path.read_text() == "old"
    with files.replacing(path, durable, concurrent) as draft:
        draft.write_text("new")
        assert path.read_text() == "old"
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("a.txt", "new")]


def test_text_is_utf8_and_bytes_are_bytes(tmp_path: Path) -> None:
    files.write(tmp_path / "a", "碗\n")
    files.write(tmp_path / "b", b"\xff", durable=True)
    assert (tmp_path / "a").read_bytes() == b"\xe7\xa2\x97\n" and (tmp_path / "b").read_bytes() == b"\xff"


def test_places_are_tried_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, new = tmp_path / "held.yaml", tmp_path / "new.yaml"
    held.write_text("a: 1\n")
    files.check_replaceable([held, new])
    assert [path.name for path in tmp_path.iterdir()] == ["held.yaml"] and held.read_text() == "a: 1\n"
    with pytest.raises(OSError, match="No such file"):
        files.check_replaceable([tmp_path / "nowhere" / "a.yaml"])
    opened = os.open
    for code, refused in ((errno.EACCES, False), (errno.EPERM, True), (errno.EROFS, True)):

        def refusing(path: Any, flags: int, *rest: Any, number: int = code, **more: Any) -> int:
            if path == held:
                raise OSError(number, os.strerror(number), str(path))
            return opened(path, flags, *rest, **more)

        monkeypatch.setattr(os, "open", refusing)
        with pytest.raises(OSError, match=os.strerror(code)) if refused else contextlib.nullcontext():
            files.check_replaceable([held])


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"labels.csv", "labels.csv"),
        ("标签.csv".encode(), "标签.csv"),
        ("标签.csv".encode("gbk"), "标签.csv"),
        (b"caf\xe9.csv", "caf_xe9.csv"),
    ],
)
def test_a_name_that_is_not_utf8_is_made_readable(written: bytes, text: str) -> None:
    assert files.readable(os.fsdecode(written)) == text


def test_a_file_in_a_folder_that_is_not_there_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no folder .*no where. Make it \(`mkdir -p '.*no where'`\)"):
        files.write(tmp_path / "no where" / "page.html", "text")
