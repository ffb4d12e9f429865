"""Commands as a person types them, in this process."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix import cli
from kilnmix.config import composition
from tests import composed
from tests.collection.conftest import REPOSITORY

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings and nothing else, in which the test works."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(composed.text(), encoding="utf-8")
    return tmp_path


@pytest.fixture
def composed_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with conf/ and what it composes to, in which the test works."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    shutil.copytree(REPOSITORY / "conf", "conf")
    composition.write()
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("plan", "--seeds", "0")`: the status, and what standard output and standard error were told."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kilnmix", *arguments])
        capsys.readouterr()
        status = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return call
