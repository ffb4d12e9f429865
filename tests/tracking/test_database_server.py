"""Runs in a PostgreSQL that several machines share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.shelf import runs
from kilnmix.tracking.store import open_store
from tests import postgresql
from tests.tracking.journals import PART, WHOLE

OPENS = """
import sys, yaml
from kilnmix.config import Params
from kilnmix.tracking.shelf import runs
from kilnmix.tracking.store import open_store
client, experiment = open_store(Params.model_validate(yaml.safe_load(open(sys.argv[1]))))
print(experiment, sorted(run.info.run_name for run in runs(client, experiment)))
"""


@pytest.mark.filterwarnings("ignore")
def test_machines_that_open_a_new_database_at_once_share_one_experiment_and_its_runs(
    settings: Callable[..., Params], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql.server() as url:
        machines = []
        for name in ("one", "two", "three"):
            folder = tmp_path / name
            folder.mkdir()
            params = settings(f"tracking.uri={url!r}")
            (folder / "params.json").write_text(params.model_dump_json(), encoding="utf-8")
            machines.append(folder)
        begun = [
            subprocess.Popen(
                [sys.executable, "-c", OPENS, "params.json"],
                cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for folder in machines
        ]  # fmt: skip
        answers = [process.communicate(timeout=600) for process in begun]
        assert [process.returncode for process in begun] == [0, 0, 0], answers
        assert len({out for out, _ in answers}) == 1
        monkeypatch.chdir(machines[0])
        assert publish(params, [WHOLE, PART]) == 2
        client, experiment = open_store(params)
        names = sorted(run.info.run_name for run in runs(client, experiment))
        seen = subprocess.run(
            [sys.executable, "-c", OPENS, "params.json"], cwd=machines[1], capture_output=True, text=True, check=True
        )
        assert seen.stdout == f"{experiment} {names}\n"
        monkeypatch.chdir(machines[1])
        assert publish(params, [WHOLE, PART]) == 0  # known, whoever logged them
