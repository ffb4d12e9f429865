"""One stage at a time: a lock on what it writes, and an end when whoever started it is gone."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kilnmix.common.errors import UserError
from kilnmix.common.paths import STATE

LOCKS = STATE / "locks"
_GRACE_SECONDS = 20.0


@contextmanager
def stage_lock(stage: str, *item: object) -> Iterator[None]:
    """Holds the lock of a stage and its fold and adapter; the system takes it back from a process that was killed.

    Raises:
        UserError: another process runs the same.
    """
    from filelock import FileLock, Timeout

    name = "-".join(map(str, (stage, *item)))
    LOCKS.mkdir(parents=True, exist_ok=True)
    lock = FileLock(LOCKS / name)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UserError(
            f"Another process runs {name} in this folder. Wait until it has ended, or end it; two at once would write "
            "the same files."
        ) from error
    try:
        yield
    finally:
        lock.release()


def stage_runs(stage: str, *item: object) -> bool:
    """Whether another process holds the lock of a stage and its fold and adapter."""
    try:
        with stage_lock(stage, *item):
            return False
    except UserError:
        return True


@contextmanager
def no_stage_runs() -> Iterator[None]:
    """Holds the locks of all stages that ever ran here, so that none begins within the block.

    Raises:
        UserError: a stage runs.
    """
    from contextlib import ExitStack

    from filelock import FileLock, Timeout

    with ExitStack() as held:
        for path in sorted(LOCKS.glob("*")):
            try:
                held.enter_context(FileLock(path, timeout=0))
            except Timeout as error:
                raise UserError(f"The stage {path.name} runs in this folder. Wait until it has ended.") from error
        yield


def end_with_dvc() -> None:
    """`end_with_parent` where DVC started this stage: a `dvc repro` that is killed takes no stage with it by itself.

    What a person starts by hand and sends to the background is to outlive its shell.
    """
    if begun_by_dvc():
        end_with_parent()


def begun_by_dvc() -> bool:
    """Whether `dvc repro` started this process."""
    return "DVC_STAGE" in os.environ


def end_with_parent(every: float = 1.0) -> None:
    """Ends this process as Ctrl-C does, soon after the process that started it is gone, however that went.

    To be called in the main thread.

    Args:
        every: seconds between two looks.
    """
    parent = os.getppid()
    # Not SIGINT itself: what a script sends to the background ignores that.
    signal.signal(signal.SIGUSR2, signal.default_int_handler)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.kill(os.getpid(), signal.SIGUSR2)
        # A long computation may not come back to notice it.
        time.sleep(_GRACE_SECONDS)
        os._exit(130)

    threading.Thread(target=watch, daemon=True).start()


def compute_in_one_thread() -> None:
    """Holds the libraries of this process to one thread each, where others compute beside it on all cores.

    Threads of theirs would wait for a core, spinning, which costs a quarter of the time.
    """
    from threadpoolctl import threadpool_limits

    # Those that are loaded, and those that will be.
    threadpool_limits(1)
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@contextmanager
def computing_in_one_thread() -> Iterator[Callable[[], object]]:
    """The same for the libraries that are loaded, within the block or until what it gives is called."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1) as limits:
        yield limits.restore_original_limits


def end_at_once_with_parent() -> None:
    """Ends a process of `multiprocessing`, which has nothing to clean up, when the process that asked for it is gone.

    Such a process may have been forked by a server, so the system's parent may be another process.
    """
    starter = multiprocessing.parent_process()
    if starter is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([starter.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
