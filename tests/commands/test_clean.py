from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from kilnmix import cli
from kilnmix.commands.clean import parts, size_of
from kilnmix.common.errors import UserError
from tests import composed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a finished training of 3,000 bytes and a stopped stage of 2,000."""
    text = composed.text()
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(text, encoding="utf-8")
    for name, size in (("runs/ab/metrics.json", 3000), ("finetune/cd/state.pt", 2000), ("locks/train-0", 0)):
        path = Path(".kilnmix") / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * size)
    return tmp_path


def test_it_says_what_takes_how_much_and_removes_nothing_unasked(folder: Path) -> None:
    sizes = {part.option: part.size for part in parts(Path("mlruns"))}
    assert sizes == {"--trainings": 3000, "--states": 2000, "--cache": 0, "--runs": 0}
    ended = CliRunner().invoke(cli.app, ["clean"])
    assert ended.exit_code == 0
    assert "--trainings" in ended.output
    assert size_of(folder / ".kilnmix") == 5000


def test_what_is_asked_for_goes(folder: Path) -> None:
    ended = CliRunner().invoke(cli.app, ["clean", "--states", "--yes"])
    assert "states: 0.0 MB removed." in ended.output
    assert size_of(folder / ".kilnmix") == 3000


def test_a_no_removes_nothing(folder: Path) -> None:
    ended = CliRunner().invoke(cli.app, ["clean", "--trainings"], input="n\n")
    assert "Nothing was removed." in ended.output
    assert size_of(folder / ".kilnmix") == 5000


def test_nothing_goes_while_a_stage_runs(folder: Path) -> None:
    with FileLock(".kilnmix/locks/train-0"):
        ended = CliRunner().invoke(cli.app, ["clean", "--trainings", "--yes"])
    assert isinstance(ended.exception, UserError)
    assert size_of(folder / ".kilnmix") == 5000
