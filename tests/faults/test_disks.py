"""Disks that are full, small or read-only: a sentence, and never half an output."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kilnmix import cli
from kilnmix.collection.pictures import decoding
from kilnmix.common import files
from kilnmix.common.disk import disk_faults
from kilnmix.common.errors import UserError
from kilnmix.common.paths import STATE
from kilnmix.config import load
from kilnmix.stages import SCOPES
from kilnmix.stages.runner import run_stage
from tests.faults.disks import SmallDisk, need_mounts, read_only, small_disk
from tests.faults.marks import thorough
from tests.faults.test_kills import ITEMS, STAGES, contents, place
from tests.tiny_project import Project

SIZE = 160 * 2**20


@pytest.fixture(scope="module")
def disk(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """A project on a disk of its own, without kept trainings."""
    folder = tmp_path_factory.mktemp("disk")
    need_mounts(folder)
    before = Path.cwd()
    with small_disk(folder, SIZE, project.folder) as made:
        os.chdir(folder)
        yield made
        os.chdir(before)


@thorough
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("free", [0, 40_000])
def test_a_full_disk_is_a_sentence_and_the_output_stays(disk: SmallDisk, stage: str, free: int) -> None:
    shutil.rmtree(disk.folder / STATE, ignore_errors=True)
    before = contents(place(stage))
    disk.leave(free)
    try:
        with pytest.raises(UserError, match=r"is full \(\d+ MiB are free\)\. Make room"):
            run_stage(load(), stage, *ITEMS[SCOPES[stage]])
    finally:
        disk.leave(2**20)
    assert contents(place(stage)) == before
    assert [path.name for path in place(stage).parent.glob(".*.new")] == []


@thorough
@pytest.mark.parametrize("stage", STAGES)
def test_a_read_only_output_is_a_sentence(disk: SmallDisk, stage: str) -> None:
    before = contents(place(stage))
    parent = place(stage) if stage == "compare" else place(stage).parent
    with read_only(disk.folder / parent), pytest.raises(UserError, match="lies on a disk that is read-only"):
        run_stage(load(), stage, *ITEMS[SCOPES[stage]])
    assert contents(place(stage)) == before


@thorough
@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ("runs", "mlruns"),
        ("prepare", "reports"),
        ("import data/images --labels data/labels.csv", "."),
        ("export out/adapter.safetensors", "out"),
        ("compose", "."),
        ("clean --trainings --yes", STATE.name),
        ("export-paper", "."),
    ],
)
def test_a_command_says_that_a_place_is_read_only(
    disk: SmallDisk, command: str, folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["kilnmix", *command.split()])
    try:
        with read_only(disk.folder / folder):
            os.chdir(disk.folder)  # anew: what was the working directory is below the mount
            with pytest.raises(SystemExit) as ended:
                cli.main()
    finally:
        os.chdir(disk.folder)
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert "read-only" in said.lower()
    assert len([line for line in said.splitlines() if line.startswith("kilnmix: ")]) == 1


def limited(size: int, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process whose files may not grow beyond so many bytes."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


RESERVING = """
from pathlib import Path
from kilnmix.common.disk import disk_faults
from kilnmix.common.errors import UserError
from kilnmix.common.files import reserved_array
try:
    with disk_faults(Path()):
        reserved_array(Path("pixels.npy"), (1000, 32, 32, 3))
except UserError as error:
    print(error)
"""


def test_an_array_that_does_not_fit_is_a_sentence_and_no_signal(tmp_path: Path) -> None:
    ended = limited(2**20, RESERVING, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("pixels.npy may not grow as large as it must here. `ulimit -f` shows the limit")
    assert list(tmp_path.iterdir()) == []


def test_an_array_has_its_place_before_it_is_written(tmp_path: Path) -> None:
    array = files.reserved_array(tmp_path / "pixels.npy", (100, 64, 64))
    state = (tmp_path / "pixels.npy").stat()
    assert state.st_blocks * 512 >= state.st_size > array.nbytes == 100 * 64 * 64
    array[3] = 7
    array.flush()
    again = np.load(tmp_path / "pixels.npy")
    assert (again.shape, again.dtype, int(again.sum())) == ((100, 64, 64), np.dtype(np.uint8), 7 * 64 * 64)


def test_pictures_that_do_not_fit_on_a_disk_are_a_sentence(tmp_path: Path) -> None:
    need_mounts(tmp_path / "disk")
    (tmp_path / "nothing").mkdir()
    with small_disk(tmp_path / "disk", 2**20, tmp_path / "nothing"):
        paths = [tmp_path / f"{number}.png" for number in range(50)]
        with pytest.raises(UserError, match=r"The disk that holds .*pixels\.npy is full"), disk_faults(tmp_path):
            decoding.decode_all(paths, tmp_path / "disk", decoding.Rules(128), processes=1, progress=False)


def test_a_folder_that_cannot_take_its_place_leaves_the_former(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "out"
    place.mkdir()
    (place / "a").write_text("former")
    rename = Path.rename

    def refusing(path: Path, target: Path) -> Path:
        if path.name == ".out.new":
            raise OSError(30, "Read-only file system", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(OSError, match="Read-only"), files.fresh(place) as draft:
        (draft / "a").write_text("new")
    assert [(path.name, path.read_text()) for path in place.iterdir()] == [("a", "former")]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_in_an_outputs_place_is_replaced_and_what_it_names_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_text("kept")
    (tmp_path / "out").symlink_to("elsewhere")
    with files.fresh(tmp_path / "out") as draft:
        (draft / "b").write_text("new")
    assert (tmp_path / "out" / "b").read_text() == "new"
    assert not (tmp_path / "out").is_symlink()
    assert (tmp_path / "elsewhere" / "a").read_text() == "kept"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device", "a.npy"), "The disk that holds a.npy is full"),
        (OSError("4096 requested and 512 written"), "The disk that holds out is full"),
        (
            RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed"),
            "is full",
        ),
        (PermissionError(13, "Permission denied", "a.npy"), "a.npy may not be read or written by this user"),
        (NotADirectoryError(20, "Not a directory", "out/x"), "out/x is in the way"),
        (OSError(5, "Input/output error", "a"), "The disk that holds a does not answer"),
        (FileNotFoundError(2, "No such file or directory", "out/encode/0/latents"), "out/encode/0/latents is missing"),
    ],
)
def test_what_libraries_raise_is_understood(error: Exception, said: str) -> None:
    with pytest.raises(UserError, match=said), disk_faults(Path("out")):
        try:
            raise error
        except Exception as cause:
            raise ValueError("a library's own words") from cause


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), disk_faults(Path("out")):
        1 / 0  # noqa: B018
