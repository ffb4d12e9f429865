import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kilnmix.cli import app
from kilnmix.config import load
from tests.commands.conftest import Run
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


def test_it_says_what_the_settings_come_to_and_what_changed(composed_project: Path, run: Run) -> None:
    status, out, _ = run("compose", "seed=7", "classifier.steps=77", "collection.tasks=[dynasty,glaez]")
    assert status == 0
    assert out == (
        "params.yaml: profile demo, 1 fold, 1 adapter, tasks dynasty, glaez. 3 settings are not as before: "
        'collection.tasks: ["dynasty", "glaze", "kiln", "type"] -> ["dynasty", "glaez"]; classifier.steps: 250 -> 77; '
        "seed: 20260119 -> 7.\n"
    )
    assert run("compose", "seed=7", "classifier.steps=77", "collection.tasks=[dynasty,glaez]")[1] == (
        "params.yaml: profile demo, 1 fold, 1 adapter, tasks dynasty, glaez.\n"
    )
    _, out, _ = run("compose", "profile=sd15")
    assert "5 folds, 3 adapters" in out and re.search(r"; and \d+ more\.\n$", out)


def test_what_was_no_settings_is_not_compared(composed_project: Path, run: Run) -> None:
    Path("params.yaml").write_bytes("# 参数\n".encode("gbk"))
    assert run("compose")[:2] == (
        0,
        "params.yaml: profile demo, 1 fold, 1 adapter, tasks dynasty, glaze, kiln, type.\n",
    )


def test_a_check_of_a_file_that_cannot_be_compared(composed_project: Path, run: Run) -> None:
    assert run("compose", "--check")[0] == 0
    Path("params.yaml").write_bytes("# 参数\n".encode("gbk"))
    status, _, told = run("compose", "--check")
    assert status == 2 and "line 1 is not in UTF-8, but probably in GBK" in told and "compose`" in told
    Path("params.yaml").unlink()
    status, _, told = run("compose", "--check")
    assert status == 2 and "params.yaml is missing. Write it anew with `" in told and "dvc repro" not in told
