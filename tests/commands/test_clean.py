import contextlib
import hashlib
import subprocess
import sys
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
    """A project with a finished training of 3,000 bytes and stopped stages of 2,000."""
    text = composed.text()
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(text, encoding="utf-8")
    for name, size in (
        ("runs/ab/metrics.json", 3000),
        ("finetune/cd/state.pt", 1500),
        ("frontier/0/a.csv", 500),
        ("locks/train-0", 0),
    ):
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


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("http://a:secret@host:1", "The runs are on the server http://a:***@host:1: delete them there"),
        ("nosuch://a:secret@host/runs", "--backend-store-uri 'nosuch://a:***@host/runs'` ended with status"),
    ],
)
def test_runs_that_are_elsewhere_are_told_of_without_their_password(folder: Path, uri: str, said: str) -> None:
    text = composed.text(tracking={"uri": uri, "folder": "mlruns"})
    Path("params.yaml").write_text(text, encoding="utf-8")
    ended = CliRunner().invoke(cli.app, ["clean", "--runs", "--yes"])
    assert isinstance(ended.exception, UserError) and said in str(ended.exception)
    assert "secret" not in str(ended.exception)


def test_nothing_goes_while_a_stage_runs(folder: Path) -> None:
    with FileLock(".kilnmix/locks/train-0"):
        ended = CliRunner().invoke(cli.app, ["clean", "--trainings", "--yes"])
    assert isinstance(ended.exception, UserError)
    assert size_of(folder / ".kilnmix") == 5000


def git(*arguments: str) -> str:
    own = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(["git", *own, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def kept(text: str) -> Path:
    """A file in DVC's cache, which data.dvc names from now on."""
    digest = hashlib.md5(text.encode()).hexdigest()
    path = Path(".dvc/cache/files/md5") / digest[:2] / digest[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    Path("data.dvc").write_text(f"outs:\n- md5: {digest}\n  size: {len(text)}\n  hash: md5\n  path: data\n")
    return path


def test_the_cache_keeps_what_commits_experiments_and_worktrees_name(folder: Path) -> None:
    git("init", "-q", ".")
    Path(".dvc").mkdir()
    Path(".dvc/config").write_text("[core]\n    analytics = false\n")
    Path(".gitignore").write_text(".dvc/cache\n.dvc/tmp\n.kilnmix\nparams.yaml\ndata\n")
    kept_ones = [kept("first commit")]
    git("add", "-A")
    git("commit", "-qm", "one")
    first = git("rev-parse", "HEAD")
    kept_ones.append(kept("experiment"))
    git("commit", "-qam", "two")
    git("update-ref", f"refs/exps/{first[:2]}/{first[2:]}/rank-8", "HEAD")
    git("reset", "-q", "--hard", first)
    other = folder.with_name(f"{folder.name}-other")
    git("worktree", "add", "-q", "--detach", str(other), first)
    (other / ".dvc/config.local").write_text(f"[cache]\n    dir = {folder / '.dvc/cache'}\n")
    kept_ones.append(kept("worktree"))
    Path("data.dvc").replace(other / "data.dvc")
    left = kept("named by nothing")
    kept_ones.append(kept("this folder"))
    command = [sys.executable, "-m", "kilnmix.cli", "clean", "--cache", "--yes"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    assert f"by 2 commits, by the experiments and by the worktrees {other}" in ended.stdout
    assert [path.name for path in kept_ones if not path.exists()] == []
    assert not left.exists()


def test_a_training_of_chosen_arms_holds_a_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trains(*_: object) -> str:
        ended = CliRunner().invoke(cli.app, ["clean", "--trainings", "--yes"])
        assert isinstance(ended.exception, UserError) and "train-0-only" in str(ended.exception)
        return "trained"

    monkeypatch.setattr("kilnmix.experiment.training.train_only", trains)
    monkeypatch.setattr("kilnmix.tracking.live.stage", lambda *_: contextlib.nullcontext())
    ended = CliRunner().invoke(cli.app, ["train", "--only", "real"])
    assert ended.exception is None and "trained" in ended.output
    assert size_of(folder / ".kilnmix") == 5000
