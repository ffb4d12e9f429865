"""Whole searches of the tiny project: what they may not see, and several processes at them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection import prepared as collection
from kilnmix.common import csv_files, manifest
from kilnmix.common.paths import PREPARED, output
from kilnmix.config import composition
from kilnmix.experiment.outputs import BEST
from kilnmix.experiment.search_tables import TRIALS
from kilnmix.experiment.training import arm_builder
from kilnmix.stages.runner import run_stage
from tests.tiny_project import Project, settings

pytestmark = pytest.mark.pipeline


@pytest.fixture
def copied(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the project before its search, without what `train` predicted."""
    place = tmp_path / "project"
    shutil.copytree(project.folder, place, ignore=shutil.ignore_patterns("mlruns", "reports", "train", "confirm"))
    monkeypatch.chdir(place)
    yield place


def found(place: Path) -> dict[str, bytes]:
    return {name: (place / output("search", 0) / name).read_bytes() for name in (BEST, TRIALS, "playoff.csv")}


def test_what_the_test_part_holds_changes_nothing(project: Project, copied: Path) -> None:
    photographs = collection.load(PREPARED)
    tested = photographs.members(0, "test")
    labels = {name: values.copy() for name, values in photographs.labels.items()}
    for task in photographs.tasks:
        labels[task.name][tested] = (labels[task.name][tested] + 1) % len(task.classes)
    other = replace(photographs, labels=labels)
    pixels = np.array(photographs.pixels)
    pixels[tested] = 255 - pixels[tested]
    np.save(PREPARED / "pixels.npy", pixels)
    collection.write_tables(other)
    manifest.write(PREPARED)
    run_stage(project.params, "search", 0)
    assert found(copied) == found(project.folder)


def test_what_a_search_loads_has_no_test_part(project: Project, copied: Path) -> None:
    builder = arm_builder(project.params, 0, test=False)
    tested = collection.load(PREPARED).members(0, "test")
    assert len(tested)
    assert len(builder.photographs.members(0, "test")) == 0
    assert (builder.photographs.label_matrix[tested] == collection.MISSING).all()


def test_two_processes_with_a_pruner_try_what_one_tries(project: Project, copied: Path) -> None:
    base = Path(str(project.params.generator.base))
    more = ["search.trials=6", "search.parallel=3", "search.step_share=1.0", "search.pruner=halving"]
    params = composition.write([*settings(base), *more, "search.min_share=0.5", "search.reduction=2"])
    run_stage(params, "search", 0)
    alone = found(copied)
    rows = csv_files.read(output("search", 0) / TRIALS)
    assert {row["state"] for row in rows} == {"complete", "pruned"}
    assert len(rows) == 12
    shutil.rmtree("out/search")
    shutil.rmtree(".kilnmix/runs")
    shutil.rmtree("mlruns")
    command = [sys.executable, "-c", "from kilnmix.cli import main; main()", "search", "--fold", "0", "--workers", "2"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[-2000:]
    assert "12 trials" in said.stdout
    assert found(copied) == alone
