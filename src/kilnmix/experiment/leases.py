"""Who is at a trial: a trial of a process that was killed is seen to be free again.

With a journal a process holds a lock on a file beside it for every trial that it trains; the system takes the lock back
when the process ends, however that goes. With a database it sends heartbeats, and a trial without one for
`GRACE_SECONDS` counts as left. A gRPC proxy passes no heartbeats on: there a beat is an attribute of the trial that
changes. SQLite, beside this process or behind a proxy, may let two processes begin one trial at the same moment: each
then leaves a claim, and the least claim has it.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    import optuna

BEAT_SECONDS, GRACE_SECONDS = 15, 60
BEAT = "beat"
"""Attribute of a trial behind a proxy: another value says that somebody is at it."""
CLAIM = "claim "
"""Attributes by which processes claim a trial in a database begin with it."""


class Leases(Protocol):
    """The leases of one study's trials."""

    def take(self, number: int, trial_id: int) -> bool:
        """Whether this process may train the trial; false where another one is at it."""

    def has(self, number: int, trial_id: int) -> bool:
        """Whether a trial that this process took and began is its own to tell."""

    def give_back(self, number: int) -> None:
        """Ends the lease of a trial."""

    def fail_left(self, study: optuna.Study) -> None:
        """Fails the running trials that nobody is at any more."""

    def kept(self) -> contextlib.AbstractContextManager[None]:
        """Keeps the leases that were taken alive within the block."""


class FileLeases:
    """Leases beside a journal.

    Args:
        journal: the file.
        study: the study's name.
    """

    def __init__(self, journal: Path, study: str) -> None:
        name = hashlib.sha256(study.encode()).hexdigest()[:12]
        self._place, self._held = journal.with_name(f"{journal.name}.{name}"), dict[int, FileLock]()

    def take(self, number: int, trial_id: int) -> bool:
        lock = FileLock(f"{self._place}.{number}.lease")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._held[number] = lock
        return True

    def has(self, number: int, trial_id: int) -> bool:
        return number in self._held

    def give_back(self, number: int) -> None:
        lock = self._held.pop(number)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()

    def fail_left(self, study: optuna.Study) -> None:
        from optuna.trial import TrialState

        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if trial.number not in self._held and self.take(trial.number, trial.number):
                # Whoever held it may have told it just before.
                states = [now.state for now in study.get_trials(deepcopy=False) if now.number == trial.number]
                if states == [TrialState.RUNNING]:
                    study.tell(trial.number, state=TrialState.FAIL)
                self.give_back(trial.number)

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        yield


class Heartbeats:
    """Leases in a database.

    Args:
        storage: an `RDBStorage`, which takes heartbeats.
        beat: seconds between two heartbeats.
    """

    def __init__(self, storage: Any, beat: float) -> None:
        self._storage, self._beat, self._held = storage, beat, dict[int, int]()
        self._claims = dict[int, str]()

    def take(self, number: int, trial_id: int) -> bool:
        # Before the trial runs: one that ran without ever having had a heartbeat would never count as left.
        self._mark(trial_id)
        self._held[number] = trial_id
        return True

    def _mark(self, trial_id: int) -> None:
        self._storage.record_heartbeat(trial_id)

    def has(self, number: int, trial_id: int) -> bool:
        if number not in self._claims:
            self._claims[number] = CLAIM + uuid.uuid4().hex
            self._storage.set_trial_user_attr(trial_id, self._claims[number], True)
        attributes = self._storage.get_trial(trial_id).user_attrs
        return self._claims[number] == min(name for name in attributes if name.startswith(CLAIM))

    def give_back(self, number: int) -> None:
        self._held.pop(number)
        self._claims.pop(number, None)

    def fail_left(self, study: optuna.Study) -> None:
        from optuna.storages import fail_stale_trials

        fail_stale_trials(study)

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(self._beat):
                for trial_id in list(self._held.values()):
                    # A database that is away for a while is no reason to lose what is trained meanwhile.
                    with contextlib.suppress(Exception):
                        self._mark(trial_id)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


class AttributeBeats(Heartbeats):
    """Leases behind a gRPC proxy.

    A trial is left if its beat has not changed for `grace` seconds while this process looked: no clock of another
    machine is read.

    Args:
        storage: a `GrpcStorageProxy`.
    """

    def __init__(self, storage: Any, beat: float, grace: float) -> None:
        super().__init__(storage, beat)
        self._grace, self._seen = grace, dict[int, tuple[str, float]]()

    def take(self, number: int, trial_id: int) -> bool:
        from optuna.exceptions import UpdateFinishedTrialError

        try:
            return super().take(number, trial_id)
        except UpdateFinishedTrialError:  # another process took it and has told it
            return False

    def _mark(self, trial_id: int) -> None:
        self._storage.set_trial_user_attr(trial_id, BEAT, uuid.uuid4().hex)

    def fail_left(self, study: optuna.Study) -> None:
        from optuna.trial import TrialState

        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            beat, now = trial.user_attrs.get(BEAT, ""), time.monotonic()
            before, since = self._seen.setdefault(trial.number, (beat, now))
            if before != beat:
                self._seen[trial.number] = beat, now
            elif trial.number not in self._held and now - since > self._grace:
                with contextlib.suppress(Exception):  # another process was faster
                    study.tell(trial.number, state=TrialState.FAIL)
