import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kilnmix.cli import app
from kilnmix.config import load
from tests.composed import CONF


def test_params_yaml_is_written_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(CONF, tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["compose", "seed=7", "classifier=pocket"])
    assert ended.exit_code == 0, ended.output
    assert load(tmp_path / "params.yaml").seed == 7
    before = (tmp_path / "params.yaml").read_bytes()
    assert CliRunner().invoke(app, ["compose", "sed=7"]).exit_code != 0
    assert (tmp_path / "params.yaml").read_bytes() == before
