"""Tracking: what it adds to a stage's trainings that they are logged to MLflow."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.classifier import sample
from bench.rows import Row
from kilnmix.classifier.results import read_metrics
from kilnmix.classifier.training.parallel import train_many
from kilnmix.config import Arm
from kilnmix.config.composition import compose
from kilnmix.experiment.training import training_record
from kilnmix.tracking.inputs import DataInput
from kilnmix.tracking.publishing import publish

PROJECT = Path(__file__).parents[1]
# Half as many trainings as the demo's stage has, each of its length: what is done once a stage weighs twice as much.
TRAININGS, STEPS, EVALUATIONS, SIZE, TIMES = 6, 250, 5, 64, 3


def measure() -> list[Row]:
    """The time of trainings and their logging over that of the trainings alone, minus 1, without MLflow's import.

    Both are taken in one process, one after the other, because that is how a stage does it, and because what tracking
    adds is smaller than what two equal trainings differ by.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample(folder, SIZE, STEPS)
        lock = f"stages:\n  prepare:\n    outs:\n    - {{path: {_photographs()}, md5: 0123456789abcdef.dir}}\n"
        (folder / "dvc.lock").write_text(lock, encoding="utf-8")
        # A project makes its database once.
        _share(folder, 0, steps=1)
        shares = [_share(folder, attempt, STEPS) for attempt in range(1, TIMES + 1)]
    return [Row("tracking.share_of_run", statistics.median(shares), "of the run", target="<= 0.02", runs=TIMES)]


def _photographs() -> str:
    return f"prepared-{SIZE}"


def _share(folder: Path, attempt: int, steps: int) -> float:
    command = [sys.executable, "-m", "bench.tracking", str(folder), str(attempt), str(steps)]
    answer = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    training, tracking = json.loads(answer.stdout)
    return float(tracking / training)


def stage(folder: Path, attempt: int, steps: int) -> tuple[float, float]:
    """Trains as a stage does and logs the trainings: the seconds of the one and of the other."""
    # The client imports the store only when it is opened.
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

    runs = [
        sample(folder, SIZE, steps, seed=TRAININGS * attempt + number, evaluations=EVALUATIONS)
        for number in range(TRAININGS)
    ]
    params = compose([], PROJECT / "conf")[1]
    os.chdir(folder)
    begun = time.perf_counter()
    done = train_many(runs, folder / "runs")
    trained = time.perf_counter()
    measured = [read_metrics(place / "metrics.json") for place in done.values()]
    read = time.perf_counter()
    inputs = [DataInput(_photographs(), "training")]
    records = [
        training_record("train", run, Arm(), metrics, inputs) for run, metrics in zip(runs, measured, strict=True)
    ]
    publish(params, records)
    return trained - begun, time.perf_counter() - read


if __name__ == "__main__":
    print(json.dumps(stage(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
