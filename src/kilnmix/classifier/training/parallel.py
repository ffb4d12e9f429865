"""Many trainings side by side, each reused when it has been done before. Imports neither torch nor Lightning.

Every worker trains with one thread, so a result depends neither on the number of cores nor on how many runs are trained
at once. For that the last of an odd number of runs leaves a core idle: with a second thread it would end sooner, but
with other bits than at another place in the queue. The heavy libraries are imported once, by a server process from
which the workers are forked.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Literal, Protocol

from kilnmix.classifier.data import gpu_memory
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training import worker
from kilnmix.common import manifest
from kilnmix.common.devices import cores, free_cuda_memory, resolved
from kilnmix.common.errors import UserError
from kilnmix.common.progress import bar

OnDone = Callable[[TrainingRun, Path, bool], None]
Stop = Callable[[TrainingRun, int, Mapping[str, float]], bool]
"""Is told of a run's new figures at a step, and whether it is to end there."""
# Ages at which what ended processes left behind is removed: half-written folders, and states to resume from.
_STALE_SECONDS, _FORGOTTEN_SECONDS = 3600.0, 14 * 86400.0
_MOST_ON_A_GPU = 8
# Of the workers: one thread in every numeric library, for a server with more could not fork safely; and freed memory is
# kept, since to give every large tensor's back to the system and ask for it anew takes a tenth of a step.
_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    "MALLOC_MMAP_THRESHOLD_": str(2**25),  # the most that older glibc takes
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
}
# Memory of a run on a GPU without its pictures.
_BYTES_OF_A_RUN = 8 * 2**30


class Watcher(Protocol):
    """Is told of every run that is trained in this call, as it happens."""

    def began(self, run: TrainingRun) -> None:
        """A process has begun the run, or goes on with it."""

    def stepped(self, run: TrainingRun, step: int, figures: Mapping[str, float]) -> None:
        """So many steps are done; `figures` are the new ones: the loss, or an evaluation's."""

    def ended(self, run: TrainingRun, well: bool) -> None:
        """The run's folder is complete, or the run was stopped as asked; or it failed."""


def train_all(
    runs: Sequence[TrainingRun],
    store: Path,
    at_once: int | Literal["auto"] = "auto",
    on_done: OnDone | None = None,
    label: str = "training",
    watcher: Watcher | None = None,
) -> dict[str, Path]:
    """Trains what the store lacks: a `ParallelTrainer` for one call."""
    with ParallelTrainer(store, at_once, watcher) as trainer:
        return trainer.train(runs, on_done, label)


class ParallelTrainer:
    """Worker processes that stay from one call to the next, so that a study's later trials start at once.

    A context manager. No process is started before a run has to be trained.

    Args:
        store: runs' folders lie in it under their digests.
        at_once: how many train side by side; `auto` one a core, and on a CUDA device as many as its memory holds.
        watcher: is told of the runs that are trained, not of those that are in the store.
    """

    def __init__(self, store: Path, at_once: int | Literal["auto"] = "auto", watcher: Watcher | None = None) -> None:
        self.store, self._watcher = store, watcher
        self._at_once = at_once
        self._workers: list[_Worker] = []

    def __enter__(self) -> ParallelTrainer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def train(
        self,
        runs: Sequence[TrainingRun],
        on_done: OnDone | None = None,
        label: str = "training",
        stop: Stop | None = None,
    ) -> dict[str, Path]:
        """Each run's digest and folder (`kilnmix.classifier.results` reads it), in `runs`' order; equal runs share one.

        Args:
            on_done: called in this process as (run, folder, reused) once for every run, as it gets ready.
            label: what the progress bar on stderr is called.
            stop: asked in this process whenever a run that is trained, not one of the store, has new figures. A run
                that was stopped has no folder and is left out. One that ends before it hears of it stays.

        Raises:
            UserError: a run failed by something that a person can mend.
            RuntimeError: a run failed otherwise; runs that have ended stay in the store.
        """
        self.store.mkdir(parents=True, exist_ok=True)
        self._sweep()
        digests = [run.digest() for run in runs]
        waiting: dict[str, list[TrainingRun]] = {}
        stopped: set[str] = set()
        for run, digest in zip(runs, digests, strict=True):
            if _is_whole(self.store / digest):
                if on_done is not None:
                    on_done(run, self.store / digest, True)
            else:
                waiting.setdefault(digest, []).append(run)
        if waiting:
            try:
                stopped = self._train(waiting, on_done or (lambda run, folder, reused: None), label, stop)
            except BaseException:
                self.close(at_once=True)
                raise
        return {digest: self.store / digest for digest in digests if digest not in stopped}

    def _train(self, waiting: dict[str, list[TrainingRun]], on_done: OnDone, label: str, stop: Stop | None) -> set[str]:
        """Trains what waits; returns the digests of the runs that were stopped."""
        stopped: set[str] = set()
        todo = deque(waiting)
        different = [same[0] for same in waiting.values()]
        self._start_workers(different)
        total = sum(run.settings.steps for run in different)
        with bar(total, label, "step") as progress:
            progress.set_postfix_str(f"0 of {len(waiting)} runs")
            busy: dict[_Worker, str] = {}
            done = 0
            while todo or busy:
                for idle in [each for each in self._workers if each not in busy]:
                    if todo:
                        digest = todo.popleft()
                        busy[idle] = digest
                        idle.connection.send((waiting[digest][0], self.store / digest))
                        if self._watcher is not None:
                            self._watcher.began(waiting[digest][0])
                for ready in _ready(busy):
                    digest = busy[ready]
                    message = ready.message(waiting[digest][0])
                    if isinstance(message, worker.Stepped):
                        progress.update(message.steps)
                        if message.figures and self._watcher is not None:
                            self._watcher.stepped(waiting[digest][0], message.step, message.figures)
                        if (
                            message.figures
                            and stop is not None
                            and digest not in stopped
                            and stop(waiting[digest][0], message.step, message.figures)
                        ):
                            stopped.add(digest)
                            with contextlib.suppress(OSError):  # a worker that has just died is told of below
                                ready.connection.send(worker.STOP)
                        continue
                    del busy[ready]
                    done += 1
                    progress.set_postfix_str(f"{done} of {len(waiting)} runs")
                    if self._watcher is not None:
                        self._watcher.ended(waiting[digest][0], well=not isinstance(message, worker.Failed))
                    _raise_if_failed(message, waiting[digest][0])
                    if isinstance(message, worker.Stopped):
                        continue
                    stopped.discard(digest)  # it had ended before it heard
                    for place, run in enumerate(waiting[digest]):
                        on_done(run, self.store / digest, place > 0)
        return stopped

    def _start_workers(self, runs: Sequence[TrainingRun]) -> None:
        wanted = workers_for(runs, len(self._workers)) if self._at_once == "auto" else self._at_once
        context = _context()
        while len(self._workers) < min(wanted, len(runs)):
            ours, theirs = context.Pipe()
            process = context.Process(target=worker.serve, args=(theirs,), daemon=True)
            with _environment():
                process.start()
            theirs.close()
            self._workers.append(_Worker(process, ours))

    def close(self, at_once: bool = False) -> None:
        """Ends the workers after their work, or in the middle of it."""
        for each in self._workers:
            if at_once:
                each.process.kill()
            else:
                with contextlib.suppress(OSError):
                    each.connection.send(None)
        for each in self._workers:
            each.process.join(5.0)
            if each.process.is_alive():
                each.process.kill()
                each.process.join()
            each.connection.close()
        self._workers.clear()

    def _sweep(self) -> None:
        now = time.time()
        for left in self.store.glob(".partial-*"):
            if now - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        for left in self.store.glob(f"*{worker.RESUME}*"):
            with contextlib.suppress(OSError):  # another process was faster
                if now - left.stat().st_mtime > _FORGOTTEN_SECONDS:
                    left.unlink()


@dataclass(frozen=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection

    def message(self, run: TrainingRun) -> worker.Message:
        """The worker's next message.

        Raises:
            RuntimeError: its process has ended.
        """
        try:
            return self.connection.recv()
        except (EOFError, OSError) as error:
            self.process.join(1.0)
            raise RuntimeError(
                f"The process that trained {run.name or 'a run'} ended with status {self.process.exitcode}. "
                "If that is -9, the machine may have run out of memory: lower classifier.runs_at_once."
            ) from error


def _is_whole(folder: Path) -> bool:
    """Whether a training's folder is there with the files that it was left with; a damaged one is removed."""
    if not folder.is_dir():
        return False
    try:
        manifest.check(folder)
    except UserError:
        shutil.rmtree(folder)
        return False
    return True


def workers_for(runs: Sequence[TrainingRun], begun: int = 0) -> int:
    """How many runs train side by side under `auto`: one a core; on a GPU, up to eight that fit its free memory.

    A run of a small network does not keep a GPU busy: it waits for its own Python between two kernels.

    Args:
        begun: processes that there are already, whose memory is not free any more.
    """
    if resolved(runs[0].settings.device) == "cpu":
        return cores()
    most = _BYTES_OF_A_RUN + max(gpu_memory.bytes_of(run) for run in runs)
    return max(1, min(cores(), _MOST_ON_A_GPU, begun + free_cuda_memory() // most))


def _ready(busy: dict[_Worker, str]) -> list[_Worker]:
    # A dead worker's connection reads as ready too: its end of the pipe is closed.
    ready = wait([each.connection for each in busy])
    return [each for each in busy if each.connection in ready]


def _raise_if_failed(message: worker.Message, run: TrainingRun) -> None:
    if isinstance(message, worker.Failed):
        if message.mendable:
            raise UserError(message.message)
        raise RuntimeError(f"The training {run.name} failed:\n{message.message}")


def begin_imports() -> None:
    """Has the server process begin its imports, which take seconds, while this one does something else."""
    if isinstance(_context(), ForkServerContext):
        with _environment():
            forkserver.ensure_running()


def _context() -> SpawnContext | ForkServerContext:
    if sys.platform != "linux":  # forking after Apple's libraries have been loaded is not safe
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kilnmix.classifier.training.fit"])
    return context


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Processes started within have `_ENVIRONMENT`."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
