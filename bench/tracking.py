"""Tracking: what a stage pays for being alive in MLflow.

The stage appends lines to its journal; a process of its own imports MLflow and sends them. Both are counted in
processor time, which a busy machine does not stretch: the stage's own, and all of the sender's, import included.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Row
from kilnmix.common.devices import cores
from kilnmix.tracking import journal, live
from kilnmix.tracking.sender import pause

PROJECT = Path(__file__).parents[1]
TRAINING_SECONDS = 600.0
# Far more than a training tells: some fifty losses and a few looks with ten figures each.
SECONDS, POINTS_A_SECOND, FIGURES = 30.0, 4.0, 6


def measure() -> list[Row]:
    """The share of a training of ten minutes on all cores; the cost of a point in the stage; the wait at its end."""
    with tempfile.TemporaryDirectory() as name:
        _stage(Path(name), 0.0)  # makes the database, which a project does once
        short, long = _stage(Path(name), 0.0), _stage(Path(name), SECONDS)
    a_batch = max(long["sender"] - short["sender"], 0.0) / batches(SECONDS)
    cost = short["sender"] + batches(TRAINING_SECONDS) * a_batch + long["stage"] * TRAINING_SECONDS / SECONDS
    share = cost / (TRAINING_SECONDS * cores())
    return [
        Row("tracking.share_of_ten_minutes", share, "of all cores' time", target="<= 0.02"),
        Row("tracking.sender_once", short["sender"], "s of processor time a stage"),
        Row("tracking.batch", 1000 * a_batch, "ms of processor time"),
        Row("tracking.point", 1000 * long["stage"] / (SECONDS * POINTS_A_SECOND), f"ms for {FIGURES} figures"),
        Row("tracking.wait", short["wait"], "s at the end of a short stage", target="<= 1.1"),
    ]


def batches(seconds: float) -> int:
    """How many batches the sender of a stage of so many seconds sends."""
    count, at = 0, 0.0
    while at < seconds:
        count, at = count + 1, at + pause(at)
    return count


def _stage(folder: Path, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.tracking", str(folder), str(seconds)]
    told: dict[str, float] = json.loads(
        subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True).stdout
    )
    return told


def stage(folder: Path, seconds: float) -> dict[str, float]:
    """A stage with one training that tells its figures for so many seconds.

    Returns:
        Processor seconds of the stage's telling and of its sender, and seconds of waiting at its end.
    """
    from kilnmix.config import load

    params = load(PROJECT / "params.yaml")
    os.chdir(folder)
    spent = 0.0
    with live.stage(params, "train", 0) as telling:
        telling.begin("training/real/0", {"arm": "real", "fold": "0", "adapter": "0", "seed": "0"})
        for number in range(int(seconds * POINTS_A_SECOND)):
            begun = time.process_time()
            telling.points({f"validation.f1.{task}": 0.5 for task in range(FIGURES)}, number, "training/real/0")
            spent += time.process_time() - begun
            time.sleep(1 / POINTS_A_SECOND)
        telling.end("training/real/0", "FINISHED")
        ends = time.monotonic()
    wait = time.monotonic() - ends
    while journal.folders():
        time.sleep(0.1)
    os.waitpid(-1, 0)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"stage": spent, "sender": used.ru_utime + used.ru_stime, "wait": wait}


if __name__ == "__main__":
    print(json.dumps(stage(Path(sys.argv[1]), float(sys.argv[2]))))
