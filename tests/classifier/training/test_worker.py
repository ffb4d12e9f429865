import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from kilnmix.classifier.training import fit, worker


def test_a_worker_ends_with_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import multiprocessing, os, time\n"
        "from kilnmix.classifier.training import worker\n"
        "def child():\n"
        "    worker.end_with_parent()\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context('forkserver').Process(target=child)\n"
        "    process.start()\n"
        "    process.join()\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not _alive(child):
            break
        time.sleep(0.05)
    assert not _alive(child)


@pytest.fixture
def fitted(monkeypatch):
    """Stands in for a training; `written` is called when its files are written."""

    def install(written):
        def write(folder, with_model):
            (folder / "metrics.json").write_text("ours")
            written()

        monkeypatch.setattr(fit, "fit", lambda *_: SimpleNamespace(write=write))

    return install


def test_what_another_process_finished_first_is_taken(make_run, tmp_path, fitted):
    def faster():
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "metrics.json").write_text("theirs")

    fitted(faster)
    worker.train_into(make_run(), tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / "metrics.json").read_text() == "theirs"


def test_a_folder_that_cannot_be_put_in_place_is_an_error(make_run, tmp_path, fitted):
    fitted(lambda: (tmp_path / "run").write_text("a file is in the way"))
    with pytest.raises(OSError, match="run"):
        worker.train_into(make_run(), tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
