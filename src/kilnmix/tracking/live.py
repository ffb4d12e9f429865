"""A stage's runs from their first second on.

The stage only appends to its journal, which costs microseconds; a process beside it imports MLflow and sends. So no
fault of the store can reach the stage, and a stage that is killed is seen at once: the sender's pipe closes.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

from kilnmix.config import Params
from kilnmix.tracking.journal import Journal
from kilnmix.tracking.provenance import ITEMS
from kilnmix.tracking.records import Level, Record, Status, tags

# How long a stage waits at its end for what is still to be sent; the sender goes on by itself.
_WAIT_SECONDS, _WAIT_SHARE = 1.0, 0.01


class Live:
    """What a stage tells of its runs. Without a journal nothing is told."""

    def __init__(self, journal: Journal | None = None, stage: str = "") -> None:
        self._journal, self._stage = journal, stage

    def begin(
        self,
        key: str,
        tags: Mapping[str, str],
        level: Level = "training",
        above: str | None = None,
        params: Mapping[str, object] | None = None,
    ) -> None:
        """A training or a trial begins, or goes on: it has one run for each key.

        Args:
            above: the key of the trial that a training belongs to; the others are right below the stage.
            params: what is known of its settings; a record tells of all.
        """
        more = {"level": level, "above": above, "params": dict(params or {})}
        self._tell("begin", key=key, tags={"stage": self._stage, **tags}, **more)

    def points(self, values: Mapping[str, float], step: int, key: str | None = None) -> None:
        """Values of metrics at a step, of a training, a trial or, without a key, of the stage itself."""
        self._tell("points", key=key, step=step, values=dict(values))

    def end(self, key: str, status: Status, tags: Mapping[str, str] | None = None) -> None:
        """A training or a trial has ended; `tags` say more of how."""
        self._tell("end", key=key, status=status, tags=dict(tags or {}))

    def picture(self, path: Path, folder: str) -> None:
        """A picture of the stage, shown in a folder of its artifacts; copied, for it may be gone before it is sent."""
        if self._journal is not None:
            with contextlib.suppress(OSError):  # a full disk is the stage's to tell of
                self._tell("picture", file=self._journal.keep(path), folder=folder)

    def publish(self, records: Sequence[Record]) -> None:
        """The stage's record and those of its trainings, as they stand in its outputs."""
        self._tell("publish", records=[asdict(record) for record in records])

    def _tell(self, event: str, **more: object) -> None:
        if self._journal is not None:
            self._journal.tell(event, **more)


_current = Live()


def current() -> Live:
    """The runs of the stage that runs in this process; outside of one, something that tells nobody."""
    return _current


@contextlib.contextmanager
def stage(params: Params, name: str, *item: object) -> Iterator[Live]:
    """Keeps a stage's run alive: RUNNING within the block, then FINISHED, FAILED or KILLED.

    Args:
        item: fold and adapter, or look and fold, as far as the stage has them.
    """
    global _current
    own = tags(name, **dict(zip(ITEMS.get(name, ("fold",)), item, strict=False)))  # type: ignore[arg-type]
    journal = Journal(name)
    journal.tell("open", params=params.model_dump(mode="json"), stage=name, item=[str(part) for part in item], tags=own)
    sender = Popen(
        [sys.executable, "-m", "kilnmix.tracking.sender", str(journal.folder)],
        stdin=PIPE,
        stdout=DEVNULL,
        start_new_session=True,  # Ctrl-C is for the stage; the sender then says how it ended
    )
    _current, began, status = Live(journal, name), time.monotonic(), "FINISHED"
    try:
        yield _current
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    except BaseException:
        status = "FAILED"
        raise
    finally:
        _current = Live()
        journal.tell("stop", status=status)
        journal.close()
        assert sender.stdin is not None
        sender.stdin.close()
        with contextlib.suppress(TimeoutExpired):
            sender.wait(max(_WAIT_SECONDS, _WAIT_SHARE * (time.monotonic() - began)))
