"""Tags that every run carries."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kilnmix.tracking.provenance import command, of_project, study_key, study_name
from kilnmix.tracking.records import tags
from tests.composed import settings


def test_the_command_that_makes_a_run() -> None:
    assert command(tags("compare")) == "kilnmix compare"
    assert command(tags("generate", "all", 1)) == "kilnmix generate --fold all --adapter 1"
    assert command(tags("train", 0, 1, arm="real", seed=2)) == "kilnmix train --fold 0"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit of a repository in which the test works."""
    monkeypatch.chdir(tmp_path)
    for name in ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(name, raising=False)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q", "-b", "trunk"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_stands_in_the_tags_and_the_studys_name(repository: str) -> None:
    params = settings("profile=demo", experiment={"name": "vases"})
    found = of_project(params)
    assert (found["commit"], found["uncommitted"], found["mlflow.source.git.branch"]) == (repository, "false", "trunk")
    assert (found["profile"], found["experiment"]) == ("demo", "vases")
    assert found["environment.numpy"] == np.__version__
    assert found["environment.python"] == platform.python_version()
    assert study_name(params) == f"vases · {repository[:7]}"


def test_a_study_is_commit_settings_and_data_or_dvcs_experiment(
    repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = study_key(settings())
    assert study_key(settings(tracking={"folder": "elsewhere"}, report={"language": "zh"})) == first
    assert study_key(settings(seed=5)) != first
    monkeypatch.setenv("DVC_EXP_NAME", "brave-bowl")
    assert study_key(settings(seed=5)) == study_key(settings()) != first
    assert study_name(settings()) == "brave-bowl"
    assert of_project(settings())["dvc.experiment"] == "brave-bowl"


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    assert "commit" not in of_project(settings())
    assert study_name(settings(experiment={"name": "vases"})) == "vases"
