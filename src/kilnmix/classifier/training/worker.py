"""A training process: takes a run, trains it, writes its folder, reports."""

from __future__ import annotations

import ctypes
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from kilnmix.classifier.run import TrainingRun
from kilnmix.common import manifest
from kilnmix.common.disk import disk_faults
from kilnmix.common.errors import UserError
from kilnmix.common.processes import compute_in_one_thread, end_at_once_with_parent

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
RESUME = ".resume-"
STOP = "stop"
"""Sent over the connection: the run that is under way is not worth its end."""


@dataclass(frozen=True)
class Stepped:
    """`steps` more optimiser steps are done, `step` in all; `figures` are new: the loss, or an evaluation's."""

    steps: int
    step: int
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Done:
    """The run's folder is complete."""


@dataclass(frozen=True)
class Stopped:
    """The run was stopped, as was asked; nothing is left of it."""


@dataclass(frozen=True)
class Failed:
    """The run ended with an error; `mendable` when a person can mend it by what `message` says."""

    message: str
    mendable: bool


Message = Stepped | Done | Stopped | Failed


class _StopError(Exception):
    """Raised within a training, to leave it."""


def serve(connection: Connection) -> None:
    """Trains the (run, folder) pairs that come over the connection, one after the other, until None comes.

    `STOP` ends the one that is under way.
    """
    end_at_once_with_parent()
    # Ctrl-C reaches the whole process group; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()
    compute_in_one_thread()
    import torch

    torch.set_num_threads(1)

    def stepped(message: Stepped) -> None:
        connection.send(message)
        if message.figures and connection.poll() and connection.recv() == STOP:
            raise _StopError

    while (job := connection.recv()) is not None:
        if job == STOP:  # it came when its run had ended
            continue
        run, folder = job
        try:
            with disk_faults(folder):
                train_into(run, folder, stepped)
            connection.send(Done())
        except _StopError:
            connection.send(Stopped())
        except UserError as error:
            connection.send(Failed(str(error), mendable=True))
        except Exception:
            connection.send(Failed(traceback.format_exc(), mendable=False))


def train_into(run: TrainingRun, folder: Path, stepped: Callable[[Stepped], None] | None = None) -> None:
    """Trains and leaves `folder` complete or not at all; goes on from the state that an ended process left.

    Args:
        stepped: called now and then, and whenever there are new figures.
    """
    from kilnmix.classifier.training.fit import fit

    every, reported = max(1, run.settings.steps // 50), 0

    def on_step(step: int, figures: Mapping[str, float]) -> None:
        nonlocal reported
        if stepped is not None and (figures or step - reported >= every or step == run.settings.steps):
            stepped(Stepped(step - reported, step, figures))
            reported = step

    resume = folder.with_name(f"{RESUME}{folder.name}.pt")
    try:
        fitted = fit(run, on_step, resume)
    except _StopError:
        resume.unlink(missing_ok=True)
        raise
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        fitted.write(partial, run.keep_model)
        manifest.write(partial)
        partial.chmod(0o755)
        try:
            partial.rename(folder)
        except OSError:
            # A folder that holds files is not replaced: another process was faster with the same run.
            if not folder.is_dir():
                raise
            shutil.rmtree(partial)
        resume.unlink(missing_ok=True)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def keep_freed_memory() -> None:
    """Has the C library keep freed blocks (glibc).

    Activations are freed and asked for again every step; blocks above 32 MiB would go back to the kernel each time and
    come again page by page, which costs up to a quarter of a step at 224 px.
    """
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_MAX, 0)
        library.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
