"""Advice in messages, run as it would be pasted: every command of ours that tests/commands/test_advice.py finds in the
code.

Those of dvc and git are checked there by their words.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kilnmix.cli import app
from kilnmix.common.errors import UserError
from tests.commands.test_advice import COMMANDS
from tests.tiny_project import Project

FILLED = {
    "kilnmix compose collection.columns.object=HEADING": "kilnmix compose collection.columns.object=object_id",
    "kilnmix compose collection.unresolved=1": "kilnmix compose collection.unresolved=leave-out",
    "kilnmix import FOLDER": "kilnmix import photographs --labels photographs/labels.csv",
}
"""Commands with a place to fill in, filled in as a person would."""
NOT_RUN = {
    "kilnmix ui": "a server, which tests/commands/test_ui.py starts",
    "kilnmix smoke": "takes the demo's photographs; tests/commands/test_smoke.py runs it on others by settings",
    "kilnmix demo build": "hours of work; tests/demo/pocket/test_build.py builds small models",
}
OWN = sorted(
    {command for _, command in COMMANDS if command.startswith("kilnmix ") and not command.startswith(tuple(NOT_RUN))}
)
# What others stand on comes first.
OWN.sort(key=lambda command: (command != "kilnmix adopt", "adopted" not in command, command == "kilnmix import FOLDER"))


@pytest.fixture(scope="module")
def copied(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the tiny project, with a folder to import and an adopted arm."""
    folder = tmp_path_factory.mktemp("advice") / "project"
    shutil.copytree(project.folder, folder, symlinks=True)
    shutil.copytree(folder / "data", folder / "photographs")
    (folder / "conf" / "arms" / "adopted.yaml").write_text(
        "defaults: [default, _self_]\nadopted: {source: synthetic, share: 0.1}\nrepeat-adopted: {source: repeat, "
        "share: 0.1}\n"
    )
    yield folder


@pytest.mark.parametrize("command", OWN)
def test_a_command_of_ours_that_a_message_names_does_what_it_says(
    command: str, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied)
    (copied / "a.safetensors").unlink(missing_ok=True)
    before = (copied / "params.yaml").read_text(encoding="utf-8")
    words = shlex.split(FILLED.get(command, command))[1:]
    ended = CliRunner().invoke(app, words)
    if words[0] != "import":
        (copied / "params.yaml").write_text(before, encoding="utf-8")
    assert ended.exit_code == 0, f"{words}: {ended.exception!r} {ended.output}"
    assert ended.exception is None


def _unknown(row: list[str]) -> list[str]:
    return [*row[:3], "zzyzx" if row[0].endswith("/004-0.png") else row[3]]


def _one_class(row: list[str]) -> list[str]:
    return [*row[:2], "celadon", row[3]]


SPOILT = {"a term that nobody knows": _unknown, "a task of one class": _one_class}


@pytest.mark.parametrize("how", [*SPOILT, "no table named"])
def test_every_command_that_a_refused_import_offers_imports(
    how: str, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied)
    table = copied / "photographs" / "labels.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    words = ["import", "photographs", "--labels", "table.csv"]
    if how in SPOILT:
        lines = [lines[0], *(",".join(SPOILT[how](line.split(","))) for line in lines[1:])]
        (copied / "table.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    else:
        words = words[:2]
    refused = CliRunner().invoke(app, words)
    offered = re.findall("`(kilnmix import [^`]+)`", str(refused.exception))
    assert isinstance(refused.exception, UserError) and offered, refused.output
    for command in offered:
        if command.endswith("--task type") and how == "no table named":
            continue  # the other way: pictures in one subfolder a class, which these are not
        ended = CliRunner().invoke(app, shlex.split(command)[1:])
        assert ended.exit_code == 0, f"{command}: {ended.exception!r}"
