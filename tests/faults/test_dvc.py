"""DVC beside the stages: killed alone, and twice at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from kilnmix.common.paths import PREPARED
from kilnmix.config import composition
from tests.faults.marks import thorough
from tests.faults.moments import marked
from tests.faults.zygote import MARK
from tests.tiny_project import REPOSITORY, draw_collection, settings

pytestmark = [thorough, pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")]

# The stage as it is, held up in its middle until a file `go` is there.
SLOW = """#!{python}
import sys, time
from pathlib import Path
from kilnmix import cli
from kilnmix.collection import pipeline
whole = pipeline.prepare

def held_up(*arguments):
    Path("begun").touch()
    while not Path("go").exists():
        time.sleep(0.01)
    return whole(*arguments)

pipeline.prepare = held_up
sys.argv[0] = "kilnmix"
if __name__ == "__main__":
    cli.main()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project under DVC whose stage `prepare` waits in its middle."""
    for name in ("conf", "src"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(REPOSITORY / "dvc.yaml", tmp_path / "dvc.yaml")
    draw_collection(tmp_path / "data")
    (tmp_path / "pocket").mkdir()
    monkeypatch.chdir(tmp_path)
    composition.write(settings(tmp_path / "pocket"))
    program = tmp_path / ".venv" / "bin" / "kilnmix"
    program.parent.mkdir(parents=True)
    program.write_text(SLOW.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    monkeypatch.setenv(MARK, uuid.uuid4().hex)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    subprocess.run([*DVC, "init", "--no-scm", "-q"], check=True)
    return tmp_path


DVC = (sys.executable, "-m", "dvc")


def repro() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*DVC, "repro", "prepare"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None and time.monotonic() < until, process.stdout and process.stdout.read()
        time.sleep(0.01)


def test_a_stage_whose_dvc_is_killed_ends(project: Path) -> None:
    dvc = repro()
    wait_for(project / "begun", dvc)
    os.kill(dvc.pid, signal.SIGKILL)
    dvc.wait()
    # The one beside it still writes into MLflow that the stage was killed, and may have to make the database first.
    until = time.monotonic() + 300
    while (left := marked(os.environ[MARK])) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []
    assert not PREPARED.exists()
    assert list(PREPARED.parent.glob(".*")) == []
    # Nothing of it stands in the way of the next.
    (project / "go").touch()
    again = repro()
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert (PREPARED / "manifest.json").exists()


def test_the_second_of_two_repros_at_once_says_who_is_at_it(project: Path) -> None:
    first = repro()
    wait_for(project / "begun", first)
    second = repro()
    said, _ = second.communicate()
    assert second.returncode != 0
    assert "Traceback" not in said
    assert str(first.pid) in said, said
    (project / "go").touch()
    said, _ = first.communicate()
    assert first.returncode == 0, said
    assert (PREPARED / "manifest.json").exists()
