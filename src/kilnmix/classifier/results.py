"""What a training leaves behind, as a folder. Imports neither torch nor Lightning.

validation.npz, test.npz   rows (n,) int64; one array a task under `probabilities/TASK`, (n, C_t) float32, calibrated
metrics.json               curve, best step, temperatures, seconds, images a second, threads
model.safetensors, model.json   the network and what it needs to take a photograph (only if asked for)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kilnmix.common.readers import read_mapping, understood

_REMEDY = "Remove the folder that it lies in and run `dvc repro`, which makes it anew."
_PREFIX = "probabilities/"


@dataclass(frozen=True)
class Predictions:
    """Probabilities of some photographs.

    Attributes:
        rows: (n,) int64 rows of the prepared collection.
        probabilities: task -> (n, C_t) float32; rows sum to 1. A class that training never saw has 0.
    """

    rows: np.ndarray
    probabilities: Mapping[str, np.ndarray]

    def write(self, path: Path) -> None:
        arrays = {_PREFIX + task: values for task, values in self.probabilities.items()}
        np.savez(path, allow_pickle=False, rows=self.rows, **arrays)


def read_predictions(path: Path) -> Predictions:
    """What `Predictions.write` wrote; raises `UserError` for a damaged file."""
    with understood(path, _REMEDY), np.load(path) as arrays:
        tasks = [name.removeprefix(_PREFIX) for name in arrays.files if name != "rows"]
        return Predictions(arrays["rows"], {task: arrays[_PREFIX + task] for task in tasks})


@dataclass(frozen=True)
class Evaluation:
    """Validation after some step, with the averaged weights.

    Attributes:
        step: optimiser steps done.
        score: mean over the tasks of macro-F1 over the classes present in validation.
        f1: task -> that macro-F1; a task without a label in validation is left out.
        loss: mean over the tasks of the cross-entropy, unweighted.
    """

    step: int
    score: float
    f1: Mapping[str, float]
    loss: float

    @property
    def figures(self) -> dict[str, float]:
        """Name -> value, as curves show them."""
        per_task = {f"validation.f1.{task}": value for task, value in self.f1.items()}
        return {"validation.score": self.score, "validation.loss": self.loss, **per_task}


@dataclass(frozen=True)
class Metrics:
    """Figures of one training.

    Attributes:
        curve: validation, oldest first; empty without a validation part.
        losses: training loss a step, averaged over the steps since the last entry: (step, loss); some fifty entries.
        best_step: whose weights were kept.
        temperatures: task -> the temperature that calibrated its probabilities.
        validation: task -> score of `metrics.task_scores.TaskScores` by name -> its value with the kept weights; of
            tasks with a label in validation.
        confusion: task -> (C_t, C_t) counts in validation, rows are labels and columns answers.
        seconds: of the whole training; `images_per_second` counts the steps alone.
        cpu_seconds: processor time of the whole training, which a busy machine does not stretch.
        threads: torch threads, which the last bits of a result depend on.
    """

    curve: tuple[Evaluation, ...]
    losses: tuple[tuple[int, float], ...]
    best_step: int
    temperatures: Mapping[str, float]
    validation: Mapping[str, Mapping[str, float]]
    confusion: Mapping[str, list[list[int]]]
    seconds: float
    cpu_seconds: float
    images_per_second: float
    threads: int
    device: str

    @property
    def best(self) -> Evaluation | None:
        """The evaluation of the kept weights; None without a validation part."""
        return next((entry for entry in self.curve if entry.step == self.best_step), None)

    @property
    def curves(self) -> dict[str, list[tuple[int, float]]]:
        """Name -> (step, value) pairs: the training loss, and what every look at validation gave."""
        named: dict[str, list[tuple[int, float]]] = {"loss": list(self.losses)}
        for entry in self.curve:
            for name, value in entry.figures.items():
                named.setdefault(name, []).append((entry.step, value))
        return named

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def read_metrics(path: Path) -> Metrics:
    """What `Metrics.write` wrote; raises `UserError` for a damaged file."""
    fields = read_mapping(path, _REMEDY)
    with understood(path, _REMEDY):
        fields["curve"] = tuple(Evaluation(**entry) for entry in fields["curve"])
        fields["losses"] = tuple((step, loss) for step, loss in fields["losses"])
        return Metrics(**fields)
