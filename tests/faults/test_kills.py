"""A stage that was killed goes on where it stood, and ends with the same bytes as one that was not.

Nothing that it started outlives it, and MLflow holds each of its runs once. `make faults` kills thirty times
(KILNMIX_KILLS), `make test` once. KILNMIX_KILLS_TABLE names a file to which each kill adds a line.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kilnmix.common.paths import STATE, output
from kilnmix.common.seeds import rng
from kilnmix.stages import SCOPES
from kilnmix.tracking import records
from kilnmix.tracking.publishing import publish
from kilnmix.tracking.sender import send_left
from kilnmix.tracking.shelf import CONFIRMED, LOGGED, runs
from kilnmix.tracking.store import open_store
from tests.faults.moments import Moment, Started, Zygote
from tests.tiny_project import Project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")

KILLS = int(os.environ.get("KILNMIX_KILLS", "1"))
ADAPTER = ("--fold", "0", "--adapter", "0")
ITEMS = {"collection": (), "fold": (0,), "adapter": (0, 0)}
STAGES = [stage for stage, scope in SCOPES.items() if scope in ITEMS]
"""Those of a study without looks on the way."""


def place(stage: str) -> Path:
    """What a stage of fold 0 and adapter 0 writes."""
    return Path("reports") if stage == "compare" else output(stage, *ITEMS[SCOPES[stage]])


def draft(stage: str) -> str:
    """Where it makes that."""
    own = place(stage)
    return "reports/.new" if stage == "compare" else (own.parent / f".{own.name}.new").as_posix()


def cases() -> list[tuple[str, Moment]]:
    """Aimed moments of every kind first, then random ones, as many as are asked for."""
    begun = [(stage, Moment("its draft is there", draft(stage))) for stage in STAGES]
    listed = [
        (stage, Moment("its output is whole but not in its place", f"{draft(stage)}/manifest.json"))
        for stage in ("prepare", "generate", "search", "refit")
    ]
    events = f"{STATE}/tracking/*/events.jsonl"
    aimed = [
        ("generate", Moment("some images are drawn", f"{STATE}/generate/*/00000?.png")),
        ("train", Moment("a training is done", f"{STATE}/runs/*/metrics.json")),
        ("search", Moment("trials are asked for", "mlruns/studies.journal", '"op_code":4')),
        ("prepare", Moment("its runs are to be published", events, '"event": "publish"')),
        ("train", Moment("its runs are to be published", events, '"event": "publish"')),
        ("encode", Moment("MLflow's database is made", "mlruns/mlflow.db.new", victim="sender")),
        ("refit", Moment("MLflow hears of its start", f"{STATE}/tracking/*/sent.json", victim="sender")),
        ("compare", Moment("half of the report is written", "reports/.new/verdict.json")),
        ("finetune", Moment("its state is there", f"{STATE}/finetune/*", delay=0.3)),
    ]
    found = [*aimed, *listed, *begun]
    for number in range(max(KILLS - len(found), 0)):
        stage = STAGES[number % len(STAGES)]
        delay = float(rng(0, "kill", stage, number).uniform(0.0, 6.0))
        found.append((stage, Moment(f"{delay:.2f} s after its draft", draft(stage), delay=delay)))
    return found[:KILLS]


def contents(folder: Path) -> dict[str, bytes]:
    """A folder's files; the ledger is appended to."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "ledger.csv"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.mark.parametrize(("stage", "moment"), cases(), ids=lambda case: getattr(case, "name", case))
def test_a_killed_stage_ends_with_the_same_bytes_and_each_run_once(
    project: Project,
    database: Path,
    zygote: Zygote,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    moment: Moment,
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project.folder, copy, ignore=shutil.ignore_patterns("mlruns", STATE.name))
    (copy / "mlruns").mkdir()
    if not moment.pattern.startswith("mlruns/mlflow.db"):
        shutil.copyfile(database, copy / "mlruns" / "mlflow.db")
    monkeypatch.chdir(copy)
    before = contents(place(stage))
    if stage != "compare":
        shutil.rmtree(place(stage))
    command = [stage, *{"collection": (), "fold": ("--fold", "0"), "adapter": ADAPTER}[SCOPES[stage]]]
    killed = Started(zygote, command, copy)
    struck = killed.kill_at(moment)
    assert killed.all_ended() == [], (stage, moment)
    again = Started(zygote, command, copy)
    assert again.wait() == 0, again.complaint
    assert again.all_ended() == []
    after = contents(place(stage))
    assert {name for name in before if before[name] != after.get(name)} == set(), (moment, struck)
    assert {Path(name).parts[0] for name in set(after) - set(before)} <= {"datacard.html", "datacard.zh.html"}
    own = records.read(place(stage) / "records.json")
    _published(project, own)
    _note(f"{stage},{moment.name},{'struck' if struck else 'had ended'}")


def _published(project: Project, own: list[records.Record]) -> None:
    """MLflow holds each run once, after `kilnmix runs` has filled in what it lacks."""
    send_left()
    publish(project.params, own)
    client, experiment = open_store(project.params)
    there = runs(client, experiment)
    assert [run.info.run_name for run in there if run.info.status == "RUNNING"] == []
    names = Counter((run.data.tags["level"], run.info.run_name) for run in there)
    assert [name for name, count in names.items() if count > 1] == []
    logged = Counter(run.data.tags[LOGGED] for run in there if LOGGED in run.data.tags)
    assert set(logged) <= {record.digest for record in own}
    assert set(logged.values()) == {1}
    # Arms found that are the same training have one run, which names them all.
    also = {arm for run in there for arm in run.data.tags.get(CONFIRMED, "").split(", ")}
    assert {record.tags.get("arm") for record in own if record.digest not in logged} <= also
    # The trainings of judge and refit are runs while they go on; what they came to stands in the stage's record.
    unfilled = [run for run in there if LOGGED not in run.data.tags and run.data.tags["level"] != "study"]
    assert {(run.data.tags["level"], run.data.tags["stage"]) for run in unfilled} <= {
        ("training", "judge"),
        ("training", "refit"),
    }


def _note(line: str) -> None:
    if "KILNMIX_KILLS_TABLE" in os.environ:
        with Path(os.environ["KILNMIX_KILLS_TABLE"]).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
