import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from kilnmix.classifier.fit import fit
from kilnmix.classifier.many import Crew
from kilnmix.classifier.results import read_predictions
from kilnmix.errors import UserError


def test_many_runs_give_what_one_gives_alone(make_run, tmp_path):
    runs = [make_run({"name": "a"}), make_run({"seed": 1, "name": "b"}), make_run({"name": "a again"})]
    told = []
    with Crew(tmp_path / "store", at_once=2) as crew:
        folders = crew.train(runs, lambda run, folder, reused: told.append((run.name, reused)))
        assert sorted(told) == [("a", False), ("a again", True), ("b", False)]
        assert list(folders) == [runs[0].digest(), runs[1].digest()]
        told.clear()
        crew.train(runs, lambda run, folder, reused: told.append((run.name, reused)))
        assert told == [("a", True), ("b", True), ("a again", True)]
        with pytest.raises(UserError, match=r"classifier\.weights.* not a safetensors file"):
            broken = tmp_path / "broken.safetensors"
            broken.write_bytes(b"no")
            crew.train([make_run(weights=str(broken))])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = fit(runs[1])
    torch.set_num_threads(threads)
    stored = read_predictions(folders[runs[1].digest()] / "test.npz")
    np.testing.assert_array_equal(stored.probabilities["colour"], alone.test.probabilities["colour"])
    assert not list((tmp_path / "store").glob(".partial-*"))


def test_nothing_is_started_when_all_is_there(make_run, tmp_path):
    run = make_run()
    (tmp_path / run.digest()).mkdir()
    with Crew(tmp_path) as crew:
        assert crew.train([run]) == {run.digest(): tmp_path / run.digest()}
        assert crew._workers == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_workers_die_with_a_killed_parent(make_run, tmp_path):
    (tmp_path / "run.pickle").write_bytes(pickle.dumps(make_run(steps=100000)))
    script = tmp_path / "train.py"
    script.write_text(
        "import pathlib, pickle\n"
        "from kilnmix.classifier.many import train_many\n"
        "if __name__ == '__main__':\n"
        "    here = pathlib.Path(__file__).parent\n"
        "    train_many([pickle.loads((here / 'run.pickle').read_bytes())], here / 'store', at_once=1)\n"
    )
    process = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        # Beside the parent: multiprocessing's resource tracker, the server, and the worker.
        family = _eventually(lambda: _session(process.pid), lambda members: len(members) == 4)
        process.kill()
        process.wait()
        assert _eventually(lambda: _session(process.pid), lambda members: not members) == set()
        assert len(family) == 4
        assert list((tmp_path / "store").iterdir()) == []
    finally:
        for member in _session(process.pid):
            os.kill(member, signal.SIGKILL)


def _eventually(look: Callable[[], set[int]], enough: Callable[[set[int]], bool]) -> set[int]:
    for _ in range(600):
        if enough(seen := look()):
            break
        time.sleep(0.1)
    return seen


def _session(leader: int) -> set[int]:
    """The living processes of a session, by their stat files: state in field 3, session in field 6."""
    members = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            members.add(int(stat.parent.name))
    return members
