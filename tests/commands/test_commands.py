"""Small commands: their help, and what they say where nothing is there yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from kilnmix.cli import OTHERS
from tests.commands.conftest import Run


@pytest.mark.parametrize("name", OTHERS)
def test_every_command_has_help(project: Path, run: Run, name: str) -> None:
    status, out, _ = run(name, "--help")
    assert status == 0 and f"kilnmix {name}" in out.replace("python -m ", "").replace("__main__.py", "kilnmix")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export-paper"], "dvc repro compare"),
        (["guidelines", "nowhere"], "holds no verdict.json"),
        (["retrieve", ".", "--labels", "none.csv"], "dvc repro prepare"),
        (["verdict"], "dvc repro compare"),
        (["retrieve", "."], "Missing option '--labels'"),
    ],
)
def test_where_nothing_is_there_yet(project: Path, run: Run, arguments: list[str], said: str) -> None:
    status, _, told = run(*arguments)
    assert status == 2 and said in told
    assert not Path("paper").exists() and not Path("guidelines.html").exists()
