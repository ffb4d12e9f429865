"""Commands in sentences run when pasted, whatever the person's PATH is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.common.commands import pasted, program, runnable
from kilnmix.common.errors import UserError

SENTENCE = "out/prepare is missing. Run `dvc repro prepare`, or `kilnmix prepare`; `dvcx` and `make demo` stay."


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project" / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("dvc", "kilnmix"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.chdir(tmp_path / "project")
    return folder


def test_without_an_active_environment_the_folder_is_named(programs: Path) -> None:
    expected = (
        "out/prepare is missing. Run `.venv/bin/dvc repro prepare`, or `.venv/bin/kilnmix prepare`; `dvcx` and "
        "`make demo` stay."
    )
    assert runnable(SENTENCE, programs, {"PATH": "/usr/bin:/bin"}) == expected
    assert runnable(SENTENCE, programs, {}) == expected


def test_in_an_active_environment_nothing_is_added(programs: Path) -> None:
    assert runnable(SENTENCE, programs, {"PATH": f"{programs}:/usr/bin"}) == SENTENCE


def test_another_projects_command_ahead_on_the_path_does_not_count(programs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "dvc").write_text("#!/bin/sh\n")
    (other / "dvc").chmod(0o755)
    found = runnable("`dvc repro`, `kilnmix ui`", programs, {"PATH": f"{other}:{programs}"})
    assert found == "`.venv/bin/dvc repro`, `kilnmix ui`"


def test_the_path_that_dvc_gives_its_stages_is_not_the_persons(programs: Path) -> None:
    by_dvc = {"PATH": f"{programs}:/usr/bin", "DVC_ROOT": "/somewhere"}
    assert runnable("`dvc repro`", programs, by_dvc) == "`.venv/bin/dvc repro`"
    active = {"PATH": f"{programs}:{programs}:/usr/bin", "DVC_ROOT": "/somewhere"}
    assert runnable("`dvc repro`", programs, active) == "`dvc repro`"


def test_from_another_folder_the_whole_path_is_named(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert runnable("`dvc repro`", programs, {"PATH": "/usr/bin"}) == "`project/.venv/bin/dvc repro`"
    monkeypatch.chdir("/")
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    assert runnable("`dvc repro`", programs, {"PATH": "/usr/bin"}) == f"`{programs}/dvc repro`"


def test_a_command_that_this_environment_lacks_stays(programs: Path) -> None:
    assert runnable("`mlflow ui`", programs, {"PATH": "/usr/bin"}) == "`mlflow ui`"


def test_a_command_line_runs_in_whatever_folder(programs: Path) -> None:
    assert pasted(["dvc", "repro", "a b"], programs, {"PATH": "/usr/bin"}) == f"{programs}/dvc repro 'a b'"
    assert pasted(["dvc", "repro"], programs, {"PATH": f"{programs}:/usr/bin"}) == "dvc repro"
    assert pasted(["git", "log"], programs, {"PATH": "/usr/bin"}) == "git log"


def test_a_program_is_this_environments_own(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert program("dvc", programs) == str(programs / "dvc")
    assert program("sh", programs).endswith("/bin/sh")
    with pytest.raises(UserError, match="There is no program nowhere, neither in"):
        program("nowhere", programs)
