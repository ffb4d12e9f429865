"""Several processes at one study: on a journal, and in a PostgreSQL of the test's own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import optuna
import pytest

from kilnmix.common.errors import UserError
from kilnmix.experiment.leases import CLAIM, AttributeBeats
from kilnmix.experiment.search import Search
from kilnmix.experiment.storage import journal_of, leases_of, open_storage
from kilnmix.experiment.trials import Asked, Scored
from tests import postgresql
from tests.experiment.test_search import TASKS, USUAL, score, settings

WORKER = """
import json, sys, time
from pathlib import Path
from kilnmix.experiment import storage
storage.BEAT_SECONDS, storage.GRACE_SECONDS = 1, 5
from kilnmix.experiment.search import Search
from tests.experiment.test_search import TASKS, USUAL, score, settings

url, hangs = sys.argv[1], sys.argv[2] == "hangs"
wanted = settings(Path("."), trials=9, parallel=3, pruner="halving", storage=url)
search = Search("searched", "s", TASKS, wanted, 1, USUAL, steps=30, at_once=1)

def scores(trials):
    print("at", *[trial.number for trial in trials], flush=True)
    if hangs:
        time.sleep(600)
    time.sleep(0.05)
    return score(trials)

own = 0
while done := search.round(scores):
    own += len(done)
tried = [[each.number, each.arm.model_dump(mode="json"), each.score, each.state] for each in search.finished]
print(json.dumps([own, tried]), flush=True)
"""


def start(url: str, how: str, folder: Path) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WORKER, url, how],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> list:
    said, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(said.splitlines()[-1])


def no_trial_is_lost_or_counted_twice(url: str, folder: Path) -> None:
    """One process takes a trial and is killed; three others do the rest, that trial too."""
    killed = start(url, "hangs", folder)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "at 0\n"
    others = [start(url, "works", folder) for _ in range(3)]
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    told = [ended(each) for each in others]
    (folder / "alone").mkdir()
    _, alone = ended(start(f"journal:{folder}/alone/studies.journal", "works", folder))
    assert [tried for _, tried in told] == [alone] * 3
    assert sum(own for own, _ in told) == len(alone) == 9
    trials = open_storage(url).get_all_trials(open_storage(url).get_study_id_from_name("s"))
    states = [trial.state.name for trial in trials]
    assert states.count("FAIL") == 1
    assert trials[states.index("FAIL")].user_attrs["place"] == 0
    assert states.count("COMPLETE") + states.count("PRUNED") == 9


def test_four_processes_at_a_journal_one_of_which_is_killed(tmp_path: Path) -> None:
    no_trial_is_lost_or_counted_twice(f"journal:{tmp_path}/studies.journal", tmp_path)


def test_a_lease_is_one_process_s(tmp_path: Path) -> None:
    url = f"journal:{tmp_path}/studies.journal"
    storage = open_storage(url)
    one, other = leases_of(url, storage, "s"), leases_of(url, storage, "s")
    assert one.take(3, 3)
    assert not other.take(3, 3)
    assert leases_of(url, storage, "another study").take(3, 3)
    one.give_back(3)
    assert other.take(3, 3)


def test_a_journal_is_a_file_and_a_database_is_none(tmp_path: Path) -> None:
    assert journal_of(f"journal:{tmp_path}/a") == tmp_path / "a"
    assert journal_of("postgresql://host/studies") is None


@pytest.mark.filterwarnings("ignore")
def test_four_processes_at_a_postgresql_one_of_which_is_killed(tmp_path: Path) -> None:
    with postgresql.server() as url:
        no_trial_is_lost_or_counted_twice(url, tmp_path)


@contextmanager
def served(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Optuna's proxy to a database in a file."""
    code = (
        "import optuna, sys\n"
        "storage = optuna.storages.RDBStorage(sys.argv[1])\n"
        "optuna.storages.run_grpc_proxy_server(storage, host='localhost', port=int(sys.argv[2]))\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, f"sqlite:///{folder}/studies.db", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            optuna.storages.GrpcStorageProxy(host="localhost", port=port).wait_server_ready(120)
            yield server
        finally:
            server.kill()


@pytest.fixture
def port() -> int:
    pytest.importorskip("grpc", reason="grpcio is not installed (pip install grpcio)")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def proxy(tmp_path: Path, port: int) -> Iterator[str]:
    """The URL of a proxy that runs."""
    with served(tmp_path, port):
        yield f"grpc://localhost:{port}"


@pytest.mark.filterwarnings("ignore")
def test_a_search_outlives_a_proxy_that_is_started_anew(port: int, tmp_path: Path) -> None:
    wanted = settings(tmp_path, trials=2, storage=f"grpc://localhost:{port}")
    with served(tmp_path, port) as first, ExitStack() as second:
        search = Search("searched", "s", TASKS, wanted, 1, USUAL)

        def scores(trials: Sequence[Asked]) -> list[Scored]:
            first.kill()
            first.wait()
            second.enter_context(served(tmp_path, port))
            return score(trials)

        assert [trial.number for trial in search.round(scores)] == [0, 1]
        assert [sorted(trial.looks) for trial in search.finished] == [[10, 20, 30]] * 2


def test_a_trial_that_another_process_has_told_meanwhile_is_not_taken() -> None:
    storage = optuna.storages.InMemoryStorage()
    study = optuna.create_study(storage=storage)
    study.enqueue_trial({})
    study.tell(study.ask(), 0.5)
    beats = AttributeBeats(storage, 15, 60)
    assert not beats.take(0, study.trials[0]._trial_id)


def test_of_two_that_began_one_trial_at_the_same_moment_one_has_it(tmp_path: Path) -> None:
    """SQLite lets both read that it waits before either writes that it runs."""
    url = f"sqlite:///{tmp_path}/studies.db"
    storages = [open_storage(url), open_storage(url)]
    study = optuna.create_study(storage=storages[0], study_name="s")
    trial_id = study.ask()._trial_id
    both = [leases_of(url, storage, "s") for storage in storages]
    assert all(each.take(0, trial_id) for each in both)
    began = [each.has(0, trial_id) for each in both]
    assert began[0]
    assert sorted(each.has(0, trial_id) for each in both) == [False, True]
    assert not began[1] or both[1].has(0, trial_id)


def test_who_lost_a_trial_does_not_tell_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kilnmix.experiment.leases.uuid.uuid4", lambda: uuid.UUID(int=2))
    url = f"sqlite:///{tmp_path}/studies.db"
    search = Search("searched", "s", TASKS, settings(tmp_path, trials=1, storage=url), 1, USUAL)
    scored: list[int] = []

    def scores(trials: Sequence[Asked]) -> list[Scored]:
        scored.append(len(trials))
        if len(scored) == 1:
            storage = open_storage(url)
            [trial] = storage.get_all_trials(storage.get_study_id_from_name("s"))
            storage.set_trial_user_attr(trial._trial_id, CLAIM + uuid.UUID(int=1).hex, True)
            study = optuna.load_study(study_name="s", storage=storage)
            monkeypatch.setattr(time, "sleep", lambda _: study.tell(trial.number, state=optuna.trial.TrialState.FAIL))
        return score(trials)

    assert [trial.number for trial in search.round(scores)] == [0]
    assert scored == [1, 1]


@pytest.mark.filterwarnings("ignore")
def test_four_processes_at_a_proxy_one_of_which_is_killed(proxy: str, tmp_path: Path) -> None:
    no_trial_is_lost_or_counted_twice(proxy, tmp_path)


def test_a_proxy_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("grpc", reason="grpcio is not installed (pip install grpcio)")
    monkeypatch.setattr("kilnmix.experiment.storage.CONNECT_SECONDS", 0.2)
    with pytest.raises(UserError, match=r"grpc://localhost:1' cannot be opened.*grpc://HOST:PORT"):
        open_storage("grpc://localhost:1")
