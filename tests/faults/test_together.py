"""Several processes at once: each ends well, or with a sentence, and nothing is there twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kilnmix.config import Params
from kilnmix.tracking.shelf import runs
from kilnmix.tracking.store import open_store
from tests import composed
from tests.faults.marks import thorough
from tests.tracking.conftest import params  # noqa: F401

# Forked after the imports, so that all come to the store in the same moment.
FORKING = """
import os, sys, time
from pathlib import Path
from kilnmix.common import environment
environment.settle()
{imports}
def work(number):
{work}
pids = []
begin = time.monotonic() + 0.2
for number in range({count}):
    pid = os.fork()
    if not pid:
        while time.monotonic() < begin:
            pass
        try:
            work(number)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)
    pids.append(pid)
print("ended", [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids], flush=True)
"""


def forked(folder: Path, count: int, imports: str, work: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `work(number)` in so many processes at once."""
    indented = "".join(f"    {line}\n" for line in work.strip().splitlines())
    code = FORKING.format(count=count, imports=imports, work=indented)
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert f"ended {[0] * count}" in ended.stdout, ended.stderr[-3000:]
    return ended


@thorough
def test_eight_processes_that_open_a_new_store_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = composed.settings()
    forked(
        tmp_path,
        8,
        "import mlflow, mlflow.store.tracking.sqlalchemy_store\n"
        "from kilnmix.config import Params\nfrom kilnmix.tracking.store import open_store",
        "client, experiment = open_store(Params.model_validate_json(sys.argv[1]))\n"
        "client.create_run(experiment, tags={'number': str(number)})",
        made.model_dump_json(),
    )
    monkeypatch.chdir(tmp_path)
    client, experiment = open_store(made)
    assert sorted(run.data.tags["number"] for run in runs(client, experiment)) == [str(number) for number in range(8)]
    assert sorted(path.name for path in Path("mlruns").iterdir() if path.suffix == ".db") == ["mlflow.db"]
    assert not list(Path("mlruns").glob("*.new*")) + list(Path("mlruns").glob("*unfinished*"))


SEARCHING = """
import optuna
from kilnmix.config import Arm
from kilnmix.experiment.search import Search
from kilnmix.experiment.storage import open_storage
from tests.experiment.test_search import TASKS, USUAL, score, settings
"""
WORK = """
if number == 4:
    # What a page that shows the studies does: it reads, over and over, beside the writers.
    seen = 0
    until = time.monotonic() + 120
    while seen < 10 and time.monotonic() < until:
        studies = optuna.get_all_study_summaries(open_storage("journal:studies.journal"))
        seen = sum(study.n_trials for study in studies)
    assert seen >= 10, seen
else:
    name = ("searched", "real-searched")[number % 2]
    search = Search(name, name, TASKS, settings(Path("."), parallel=1), 1, USUAL)
    while search.round(score):
        pass
    print(name, [trial.arm.model_dump_json() for trial in search.finished], flush=True)
"""


def test_four_searches_in_one_journal_try_what_one_alone_tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[2]}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    said = forked(tmp_path, 5, SEARCHING, WORK).stdout.splitlines()
    (tmp_path / "alone").mkdir()
    alone = forked(tmp_path / "alone", 2, SEARCHING, WORK).stdout.splitlines()
    assert len(said) == 4 + 1
    assert sorted({line for line in said if "searched" in line}) == sorted(line for line in alone if "searched" in line)


def test_a_clock_that_is_set_back_changes_nothing(
    params: Params,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stage's journal, its sender and what is published later, each told an hour earlier than the one before."""
    from kilnmix.tracking.publishing import publish
    from kilnmix.tracking.sender import send_left
    from tests.tracking.test_live import KEY, PART, WHOLE, opened

    Path("note.txt").write_text("seen")
    now = [time.time()]

    def earlier() -> float:
        now[0] -= 3600.0
        return now[0]

    monkeypatch.setattr(time, "time", earlier)
    monkeypatch.setattr(time, "time_ns", lambda: int(earlier() * 1e9))
    for _ in range(2):
        made = opened(params, "train", 0)
        made.tell("begin", key=KEY, tags=dict(PART.tags))
        made.tell("points", key=KEY, step=10, values={"loss": 2.0})
        made.close()
        assert send_left() == 1
    assert publish(params, [WHOLE, PART]) == 2
    client, experiment = open_store(params)
    told = [(run.data.tags["level"], run.info.status) for run in runs(client, experiment)]
    # The study has heard of two stages that ended without a word.
    assert sorted(told) == [("stage", "FINISHED"), ("study", "KILLED"), ("training", "FINISHED")]
