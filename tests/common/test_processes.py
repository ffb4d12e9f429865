import subprocess
import sys
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
import time
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
