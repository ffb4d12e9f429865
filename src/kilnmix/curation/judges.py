"""The judges of one fold: cross-fitted classifiers, and what each said of the photographs kept from it.

0/ 1/ ...    model.safetensors and model.json of one judge; held_out.npz, its probabilities for the training
             photographs of the part that it was not trained on
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kilnmix.classifier.results import Predictions, read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import Fold
from kilnmix.common.seeds import derive
from kilnmix.config import Params
from kilnmix.curation import crossfit
from kilnmix.curation.fidelity import recalls, skill

if TYPE_CHECKING:
    from kilnmix.classifier.predict import Model

_FILES = {"model.safetensors": "model.safetensors", "model.json": "model.json", "test.npz": "held_out.npz"}


def trainings(params: Params, photographs: Prepared, fold: Fold) -> list[TrainingRun]:
    """The judges' trainings: each learns from the objects of all parts of the training photographs but its own."""
    rows = photographs.members(fold, "train")
    count = params.curation.judges
    part = crossfit.parts(
        photographs.objects[rows], photographs.label_matrix[rows], count, derive(params.seed, "judge", fold)
    )
    return [
        TrainingRun(
            prepared=photographs.folder,
            tasks=tuple(task.name for task in photographs.tasks),
            settings=params.classifier,
            task_weights=params.classifier.task_weights,
            seed=derive(params.seed, "judge", fold, number),
            train=rows[part != number],
            val=np.empty(0, np.int64),
            test=rows[part == number],
            keep_model=True,
            fit=params.collection.resize_mode,
            name=f"judge {fold}/{number}",
        )
        for number in range(count)
    ]


def confusion(photographs: Prepared, predictions: Predictions) -> dict[str, list[list[int]]]:
    """Task -> (C_t, C_t) counts of labelled photographs, judged by classifiers that did not see their objects.

    Rows are labels and columns answers.
    """
    counts = {}
    for task in photographs.tasks:
        labels = photographs.labels[task.name][predictions.rows]
        known = labels != MISSING
        matrix = np.zeros((len(task.classes),) * 2, np.int64)
        np.add.at(matrix, (labels[known], predictions.probabilities[task.name][known].argmax(axis=1)), 1)
        counts[task.name] = matrix.tolist()
    return counts


def seen(photographs: Prepared, runs: Sequence[TrainingRun]) -> dict[str, np.ndarray]:
    """Task -> (N, C) bool: whether the judge that was not trained on a photograph was trained on each class."""
    result = {}
    for task in photographs.tasks:
        labels = photographs.labels[task.name]
        known = np.zeros((len(photographs), len(task.classes)), bool)
        for run in runs:
            trained = labels[run.train]
            known[np.ix_(run.test, np.unique(trained[trained != MISSING]))] = True
        result[task.name] = known
    return result


def skills(photographs: Prepared, held_out: Predictions) -> dict[str, float]:
    """Task -> cross-fitted balanced accuracy above chance, 0 chance, 1 perfect."""
    result = {}
    for task in photographs.tasks:
        truth = photographs.labels[task.name][held_out.rows]
        predicted = held_out.probabilities[task.name].argmax(axis=1)
        result[task.name] = skill(recalls(truth, predicted, len(task.classes)))
    return result


def save(folder: Path, trainings: Sequence[Path]) -> None:
    """Copies the judges out of their trainings' folders."""
    for number, training in enumerate(trainings):
        (folder / str(number)).mkdir()
        for theirs, ours in _FILES.items():
            shutil.copyfile(training / theirs, folder / str(number) / ours)


def merged(parts: Sequence[Predictions]) -> Predictions:
    """The cross-fitted predictions of all parts as one table."""
    return Predictions(
        rows=np.concatenate([part.rows for part in parts]),
        probabilities={
            task: np.concatenate([part.probabilities[task] for part in parts]) for task in parts[0].probabilities
        },
    )


@dataclass(frozen=True)
class Opinion:
    """What the judges say of some images.

    Attributes:
        probabilities: task -> (m, C) float32, the mean over the judges.
        features: (m, F) float32, the first judge's penultimate features.
        each: task -> (J, m, C) float32, every judge's probabilities.
    """

    probabilities: dict[str, np.ndarray]
    features: np.ndarray
    each: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, each: dict[str, np.ndarray], features: np.ndarray) -> Opinion:
        return cls({task: own.mean(axis=0) for task, own in each.items()}, features, each)

    def parted(self) -> tuple[Opinion, Opinion]:
        """The opinions of half of the judges, of an odd number the larger, and of the others."""
        count = len(next(iter(self.each.values())))
        ends = slice(0, (count + 1) // 2), slice((count + 1) // 2, count)
        first, second = (Opinion.of({task: own[end] for task, own in self.each.items()}, self.features) for end in ends)
        return first, second

    @classmethod
    def joined(cls, parts: Sequence[Opinion]) -> Opinion:
        """Blocks one after the other."""
        tasks = parts[0].probabilities
        together = {task: np.concatenate([part.probabilities[task] for part in parts]) for task in tasks}
        each = {task: np.concatenate([part.each[task] for part in parts], axis=1) for task in parts[0].each}
        return cls(together, np.concatenate([part.features for part in parts]), each)


@dataclass(frozen=True)
class Judges:
    """The judges that `judge` left in a folder."""

    folders: tuple[Path, ...]

    @classmethod
    def load(cls, folder: Path) -> Judges:
        """Raises `UserError` when the stage has not run, or a file is not the one that it wrote."""
        manifest.check(folder)
        numbers = sorted(int(path.name) for path in folder.glob("*/") if path.name.isdecimal())
        if not numbers:
            raise UserError(f"{folder} holds no judges. Run `dvc repro judge` first.")
        if numbers != list(range(len(numbers))):
            raise UserError(f"{folder} lacks a judge. Run `dvc repro judge`, which makes it anew.")
        return cls(tuple(folder / str(number) for number in numbers))

    def crossfitted(self) -> Predictions:
        """Every training photograph's probabilities, by the judge that was not trained on it."""
        return merged([read_predictions(folder / "held_out.npz") for folder in self.folders])

    def unseen_by_first(self) -> np.ndarray:
        """(n,) rows of the training photographs that the first judge was not trained on."""
        return np.sort(read_predictions(self.folders[0] / "held_out.npz").rows)

    def panel(self) -> Panel:
        """The judges, ready to be asked."""
        from kilnmix.classifier import predict

        return Panel(tuple(predict.load(folder) for folder in self.folders))


@dataclass(frozen=True)
class Panel:
    """The judges' networks."""

    models: tuple[Model, ...]

    def ask(self, pixels: np.ndarray) -> Opinion:
        """The judges' opinion of images (m, S, S, 3) uint8."""
        from kilnmix.classifier import predict

        answers, seen = zip(*(predict.apply(model, pixels) for model in self.models), strict=True)
        return Opinion.of({task: np.stack([answer[task] for answer in answers]) for task in answers[0]}, seen[0])

    def features(self, pixels: np.ndarray) -> np.ndarray:
        """(n, F) float32 features of pictures (n, S, S, 3) uint8 by the first judge."""
        from kilnmix.classifier import predict

        return predict.apply(self.models[0], pixels)[1]
