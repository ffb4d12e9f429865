"""The same commit, data and seed give the same verdict twice, in another folder and at another time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kilnmix.config import load
from kilnmix.stages.runner import everything, run_stage
from tests.faults.marks import thorough
from tests.tiny_project import Project


@thorough
def test_the_whole_pipeline_gives_the_same_verdict_and_model_twice(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("conf", "data"):
        shutil.copytree(project.folder / name, name)
    shutil.copyfile(project.folder / "params.yaml", "params.yaml")
    params = load()
    for stage, item in everything(params):
        run_stage(params, stage, *item)
    for name in ("reports/verdict.json", "reports/metrics.json", "reports/classes.csv", "out/refit/model.safetensors"):
        assert Path(name).read_bytes() == (project.folder / name).read_bytes(), name
