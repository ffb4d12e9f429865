"""A stage that was killed goes on where it stood, and ends with the same bytes as one that was not.

`make faults` kills each stage several times (KILNMIX_KILLS, 3 by default); `make test` kills one once.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kilnmix.common.paths import STATE, output
from kilnmix.common.seeds import rng
from kilnmix.stages import SCOPES
from tests.pipeline.conftest import Project, project  # noqa: F401

KILLS = int(os.environ.get("KILNMIX_KILLS", "0"))
ITEMS = {"collection": [], "fold": ["--fold", "0"], "adapter": ["--fold", "0", "--adapter", "0"]}
CASES = [(stage, number) for stage in SCOPES for number in range(KILLS)] or [("generate", 0)]


def contents(folder: Path) -> dict[str, bytes]:
    """A folder's files; records tell of machines and paths, and reports/ holds a ledger that is appended to."""
    skipped = ("records.json", "ledger.csv")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in skipped]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def place(stage: str) -> Path:
    """What a stage of fold 0 and adapter 0 writes."""
    if stage == "compare":
        return Path("reports")
    return output(stage, *[0, 0][: {"collection": 0, "fold": 1, "adapter": 2}[SCOPES[stage]]])


@pytest.mark.parametrize(("stage", "number"), CASES)
def test_a_killed_stage_ends_with_the_same_bytes(
    project: Project,  # noqa: F811
    tmp_path: Path,
    stage: str,
    number: int,
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project.folder, copy, symlinks=True)
    shutil.rmtree(copy / STATE, ignore_errors=True)
    target = copy / place(stage)
    before = contents(target)
    if stage != "compare":
        shutil.rmtree(target)
    command = [sys.executable, "-m", "kilnmix.cli", stage, *ITEMS[SCOPES[stage]]]
    moment = float(rng(project.params.seed, "kill", stage, number).uniform(2.0, 12.0))
    process = subprocess.Popen(
        command, cwd=copy, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(moment)
    struck = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL) if struck else None
    process.wait()
    again = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr[-2000:]
    after = contents(target)
    assert {name for name in before if before[name] != after.get(name)} == set(), (moment, struck)
    assert set(after) >= set(before)
