"""When a stage is killed: at random, or as soon as something is on the disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.zygote import MARK

_PATIENCE = 600.0
_ENDING = 120.0


@dataclass(frozen=True)
class Moment:
    """The kill comes `delay` seconds after a file that `pattern` names is there, or holds `text`.

    Attributes:
        victim: `stage`, the process that was started; `sender`, the one beside it that writes to MLflow.
    """

    name: str
    pattern: str
    text: str = ""
    delay: float = 0.0
    victim: str = "stage"

    def has_come(self, project: Path) -> bool:
        for path in project.glob(self.pattern):
            if not self.text:
                return True
            try:
                if self.text in path.read_text(encoding="utf-8", errors="replace"):
                    return True
            except OSError:  # it was renamed meanwhile
                continue
        return False


class Zygote:
    """`zygote.py`, started once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, **what: object) -> int | None:
        """Its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Started:
    """A command of kilnmix and all processes that came of it, found by a mark in their environment."""

    def __init__(self, zygote: Zygote, command: Sequence[str], folder: Path) -> None:
        self._zygote, self.folder, self._mark = zygote, folder, uuid.uuid4().hex
        self._errors = folder.parent / f"errors-{self._mark}"
        pid = zygote.tell(run=list(command), folder=str(folder), mark=self._mark, errors=str(self._errors))
        assert pid is not None
        self._pid, self.status = pid, None

    def wait(self, hang: bool = True) -> int | None:
        """Its status; None while it lives and is not waited for."""
        if self.status is None:
            self.status = self._zygote.tell(wait=self._pid, hang=hang)
        return self.status

    @property
    def complaint(self) -> str:
        """What it has said on standard error, the last of it."""
        return self._errors.read_text(encoding="utf-8", errors="replace")[-3000:]

    def kill_at(self, moment: Moment) -> bool:
        """Kills one process of it when the moment has come; returns whether it had not ended before."""
        until = time.monotonic() + _PATIENCE
        while not moment.has_come(self.folder):
            if self.wait(hang=False) is not None:
                return False
            assert time.monotonic() < until, f"the moment {moment.name} never came"
            time.sleep(0.001)
        time.sleep(moment.delay)
        if moment.victim == "sender":
            for pid in self.alive():
                if b"kilnmix.tracking.sender" in _read(pid, "cmdline"):
                    os.kill(pid, signal.SIGKILL)
                    return True
            return False
        if self.wait(hang=False) is not None:
            return False
        os.kill(self._pid, signal.SIGKILL)
        return True

    def alive(self) -> list[int]:
        """The processes that it started and that live."""
        return marked(self._mark)

    def all_ended(self) -> list[str]:
        """Waits until none of its processes is left; names those that outlive it."""
        self.wait()
        until = time.monotonic() + _ENDING
        while (left := self.alive()) and time.monotonic() < until:
            time.sleep(0.05)
        return [_read(pid, "cmdline").replace(b"\0", b" ").decode() for pid in left]


def marked(mark: str) -> list[int]:
    """Processes that live and were started with a mark in their environment; not this one."""
    wanted = f"{MARK}={mark}".encode()
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in found if pid != os.getpid() and wanted in _read(pid, "environ").split(b"\0")]


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""
