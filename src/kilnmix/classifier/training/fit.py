"""One training from start to predictions."""

from __future__ import annotations

import contextlib
import copy
import logging
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch

from kilnmix.classifier import predict
from kilnmix.classifier.data.loader import Feed, images_per_class
from kilnmix.classifier.data.resize import resized
from kilnmix.classifier.metrics.calibration import temperature
from kilnmix.classifier.metrics.task_scores import TaskScores, examine
from kilnmix.classifier.network.backbones import pretrained
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.results import Metrics, Predictions
from kilnmix.classifier.run import TrainingRun, opened
from kilnmix.classifier.training.checkpoint import Keeper, OnStep
from kilnmix.classifier.training.module import MultiTaskClassifier, TaskLosses
from kilnmix.classifier.training.probe import probe
from kilnmix.classifier.training.resume import Resumer
from kilnmix.classifier.training.weighting import weighting
from kilnmix.common import seeds
from kilnmix.common.devices import resolved
from kilnmix.common.errors import UserError
from kilnmix.config import Imbalance

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Fitted:
    """What a training gives."""

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


def fit(run: TrainingRun, on_step: OnStep | None = None, resume: Path | None = None) -> Fitted:
    """Trains for `settings.steps` steps, keeps the best averaged weights by validation, calibrates, predicts.

    On a CPU and with one thread count the same run gives the same bits. On a GPU it does as far as torch's operations
    have a deterministic form, which they are told to take.

    Args:
        on_step: called after every step with the number of steps done and what is new: the loss, a look's figures.
        resume: where an unfinished training leaves what it needs to go on, and looks for it.

    Raises:
        UserError: the pretrained weights are not to be had or do not fit.
    """
    began = time.perf_counter(), time.process_time()
    settings, device = run.settings, torch.device(resolved(run.settings.device))
    with torch.random.fork_rng(devices=[] if device.type == "cpu" else None), _determinism_put_back():
        torch.manual_seed(seeds.derive(run.seed, "initialisation"))
        network = build(run)
        # Again, so that without weights the probe's backbone is the one that the network begins with.
        torch.manual_seed(seeds.derive(run.seed, "initialisation"))
        second = probe(run, pretrained(settings.backbone, settings.weights), device) if settings.probe else None
        torch.manual_seed(seeds.derive(run.seed, "dropout"))
        return _trained(run, network, second, device, began, on_step, resume)


@contextlib.contextmanager
def _determinism_put_back() -> Iterator[None]:
    """Lightning's trainer sets it for the process, whose other work is not to become slower by that."""
    asked, only_warns = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    searches = torch.backends.cudnn.benchmark
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(asked, warn_only=only_warns)
        torch.backends.cudnn.benchmark = searches


def build(run: TrainingRun) -> MultiTaskNetwork:
    """The network of a run, pretrained where the settings say so; the rest from torch's global generator.

    Raises:
        UserError: the weights are not to be had or do not fit, or the backbone takes pictures of another size only.
    """
    settings, collection = run.settings, opened(run.prepared)
    classes = {task: len(collection.task(task).classes) for task in run.tasks}
    backbone = pretrained(settings.backbone, settings.weights)
    if backbone.side is not None and set(settings.sides) != {backbone.side}:
        raise UserError(
            f"{settings.backbone} takes pictures of {backbone.side} pixels only. Set classifier.size to "
            f"{backbone.side} and classifier.first_size to null, or choose another classifier.backbone."
        )
    return MultiTaskNetwork(backbone, classes, settings.neck, settings.dropout, settings.pooling)


def _trained(
    run: TrainingRun,
    network: MultiTaskNetwork,
    second: MultiTaskNetwork | None,
    device: torch.device,
    began: tuple[float, float],
    on_step: OnStep | None,
    resume: Path | None,
) -> Fitted:
    settings = run.settings
    counts = images_per_class(run, drawn=False)
    seen = {task: count > 0 for task, count in zip(run.tasks, counts, strict=True)}
    task_losses = TaskLosses(settings.label_smoothing, _imbalance(run), counts, images_per_class(run, drawn=True))
    combine = weighting(
        settings.task_weighting,
        [run.task_weights.get(task, 1.0) for task in run.tasks],
        window=max(1, round(len(run.train) / settings.batch_size)),
    )
    keeper = Keeper(run, copy.deepcopy(network).to(device), network, seen, on_step, second)
    module = MultiTaskClassifier(network, task_losses, combine, settings)
    resumer = Resumer(resume, module, keeper, began)
    feed = Feed(run, resumer.first, resident=device if device.type == "cuda" else None)
    trainer = pl.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=1,
        max_steps=settings.steps - resumer.first,
        gradient_clip_val=settings.max_grad_norm,
        # An operation without a deterministic form is no reason to refuse a backbone.
        deterministic="warn" if device.type == "cuda" else None,
        callbacks=[resumer, keeper],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
    with warnings.catch_warnings():
        # Lightning says that it found no validation loop; the keeper is it.
        warnings.simplefilter("ignore")
        started = time.perf_counter()
        trainer.fit(module, train_dataloaders=feed)
    stepping = time.perf_counter() - started - keeper.seconds
    keeper.restore()
    began = began[0] - resumer.spent[0], began[1] - resumer.spent[1]
    return _conclude(run, keeper, second, seen, began, stepping)


def _imbalance(run: TrainingRun) -> list[Imbalance]:
    chosen = run.settings.imbalance
    return [chosen if isinstance(chosen, str) else chosen.get(task, "none") for task in run.tasks]


def _conclude(
    run: TrainingRun,
    keeper: Keeper,
    second: MultiTaskNetwork | None,
    seen: Mapping[str, np.ndarray],
    began: tuple[float, float],
    stepping: float,
) -> Fitted:
    collection = opened(run.prepared)
    labels = {task: collection.labels[task][run.val] for task in run.tasks}
    logits = keeper.validate()
    temperatures = {task: temperature(predict.masked(logits[task], seen[task]), labels[task]) for task in run.tasks}
    pixels = resized(collection.pixels[run.test], run.settings.size)
    test, _ = predict.outputs(keeper.shadow, pixels, run.settings.flips)
    if second is not None:
        test = predict.together(test, predict.outputs(second, pixels, flips=True)[0], run.settings.probe, seen)
    model = predict.Model(
        network=keeper.shadow,
        backbone=run.settings.backbone,
        neck=run.settings.neck,
        pooling=run.settings.pooling,
        tasks=tuple(collection.task(task) for task in run.tasks),
        size=run.settings.size,
        fit=run.fit,
        flips=run.settings.flips,
        temperatures=temperatures,
        seen=seen,
        probe=second,
        probe_weight=run.settings.probe,
    )
    answers = predict.probabilities(logits, temperatures, seen)
    examined = _examined(run, answers, labels)
    return Fitted(
        validation=Predictions(run.val, answers),
        test=Predictions(run.test, predict.probabilities(test, temperatures, seen)),
        metrics=Metrics(
            curve=tuple(keeper.curve),
            losses=tuple(keeper.losses),
            best_step=keeper.best_step,
            temperatures=temperatures,
            validation={task: scores.numbers() for task, scores in examined.items()},
            confusion={task: scores.confusion.tolist() for task, scores in examined.items()},
            seconds=time.perf_counter() - began[0],
            cpu_seconds=time.process_time() - began[1],
            images_per_second=keeper.images / max(stepping, 1e-9),
            threads=torch.get_num_threads(),
            device=str(keeper.shadow.mean.device),
        ),
        model=model,
    )


def _examined(
    run: TrainingRun, answers: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]
) -> dict[str, TaskScores]:
    """Scores of the validation part; no other part is looked at before the comparison."""
    collection, found = opened(run.prepared), {}
    for task in run.tasks:
        own = collection.labels[task][run.train]
        counts = np.bincount(own[own >= 0], minlength=len(collection.task(task).classes))
        scores = examine(answers[task], labels[task], counts, ordered=task in run.settings.ordered)
        if scores is not None:
            found[task] = scores
    return found
