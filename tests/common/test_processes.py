import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.processes import stage_lock


def test_the_same_stage_does_not_run_twice_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with stage_lock("train", 0):
        with stage_lock("train", 1), stage_lock("search", 0):
            pass
        with pytest.raises(UserError, match="Another process runs train-0"), stage_lock("train", 0):
            pass
    with stage_lock("train", 0):
        pass


CHILD = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a script
from kilnmix.common.processes import end_with_parent
end_with_parent(0.01)
print("begun", flush=True)
try:
    time.sleep(60)
    print("outlived", flush=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, stderr=sys.stderr)
assert child.stdout.readline() == b"begun\\n"
"""


def test_a_stage_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    said = tmp_path / "said"
    child = CHILD.replace('print("stopped", flush=True)', f'open({str(said)!r}, "w").write("stopped")')
    # The child holds the error stream open, so this returns when both have ended.
    subprocess.run([sys.executable, "-c", PARENT, child], stderr=subprocess.PIPE, check=True)
    assert said.read_text() == "stopped"


WORKER = """
import multiprocessing, os, signal, time
from kilnmix.common.processes import end_at_once_with_parent

def work():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_at_once_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    process = multiprocessing.get_context("forkserver").Process(target=work)
    process.start()
    process.join()
"""


def test_a_worker_that_another_process_forked_ends_with_the_process_that_asked_for_it(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(WORKER)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    for _ in range(200):
        if not _alive(child):
            break
        time.sleep(0.05)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_beside_others_computes_in_one_thread() -> None:
    code = (
        "import numpy, os, threadpoolctl\n"
        "from kilnmix.common.processes import compute_in_one_thread\n"
        "compute_in_one_thread()\n"
        "import scipy.linalg\n"
        "print({each['num_threads'] for each in threadpoolctl.threadpool_info()})\n"
    )
    usual = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    answer = subprocess.run([sys.executable, "-c", code], env=usual, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "{1}"
