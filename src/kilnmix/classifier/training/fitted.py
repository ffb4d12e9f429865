"""The result of a training: calibrated predictions, figures, and the model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from kilnmix.classifier import predict
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.data.training_data import TrainingData
from kilnmix.classifier.metrics.calibration import temperature
from kilnmix.classifier.metrics.task_scores import TaskScores, score_task
from kilnmix.classifier.model_card import ModelCard
from kilnmix.classifier.results import Metrics, Predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.checkpoint import CheckpointSelection
from kilnmix.classifier.training.probe import Probe
from kilnmix.collection.prepared import MISSING


@dataclass(frozen=True)
class Fitted:
    """Predictions of the validation and the test part, figures, and the network with what it needs to predict."""

    validation: Predictions
    test: Predictions
    metrics: Metrics
    model: predict.Model

    def write(self, folder: Path, with_model: bool) -> None:
        """Writes the files that `kilnmix.classifier.results` describes into an existing folder."""
        self.validation.write(folder / "validation.npz")
        self.test.write(folder / "test.npz")
        self.metrics.write(folder / "metrics.json")
        if with_model:
            self.model.write(folder)


@dataclass(frozen=True)
class Cost:
    """When a training began, by `time.perf_counter` and `time.process_time`, the time of earlier processes taken off;
    and the images a second of its steps alone."""

    wall_began: float
    cpu_began: float
    images_per_second: float


def conclude(
    run: TrainingRun,
    data: TrainingData,
    selection: CheckpointSelection,
    probe: Probe | None,
    cost: Cost,
) -> Fitted:
    """Calibrates on the validation part, scores it, and predicts the test part, with the weights that were kept."""
    settings, seen = run.settings, data.seen
    labels, logits = data.labels_of(run.val), selection.validate()
    temperatures = {task: temperature(predict.masked(logits[task], seen[task]), labels[task]) for task in run.tasks}
    pixels = resized(data.pixels[run.test], settings.size)
    test, _ = predict.outputs(selection.average, pixels, settings.flips)
    if probe is not None:
        test = predict.ensemble(test, probe.test, settings.probe, seen)
    card = ModelCard(
        backbone=settings.backbone,
        neck=settings.neck,
        pooling=settings.pooling,
        probe=settings.probe,
        size=settings.size,
        fit=run.fit,
        flips=settings.flips,
        mean=tuple(selection.average.mean.flatten().tolist()),
        std=tuple(selection.average.std.flatten().tolist()),
        tasks=data.tasks,
        temperatures=temperatures,
        seen=seen,
    )
    answers = predict.probabilities(logits, temperatures, seen)
    scores = _scores(run, data, answers, labels)
    return Fitted(
        validation=Predictions(run.val, answers),
        test=Predictions(run.test, predict.probabilities(test, temperatures, seen)),
        metrics=Metrics(
            curve=tuple(selection.curve),
            losses=tuple(selection.losses),
            best_step=selection.best_step,
            temperatures=temperatures,
            validation={task: own.numbers() for task, own in scores.items()},
            confusion={task: own.confusion.tolist() for task, own in scores.items()},
            seconds=time.perf_counter() - cost.wall_began,
            cpu_seconds=time.process_time() - cost.cpu_began,
            images_per_second=cost.images_per_second,
            threads=torch.get_num_threads(),
            device=str(selection.average.mean.device),
        ),
        model=predict.Model(selection.average, card, probe.network if probe is not None else None),
    )


def _scores(
    run: TrainingRun, data: TrainingData, answers: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]
) -> dict[str, TaskScores]:
    """Scores of the validation part; no other part is scored before the comparison."""
    scores = {}
    for task, training in data.labels_of(run.train).items():
        counts = np.bincount(training[training != MISSING], minlength=data.classes[task])
        own = score_task(answers[task], labels[task], counts, ordered=task in run.settings.ordered)
        if own is not None:
            scores[task] = own
    return scores
