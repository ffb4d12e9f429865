"""One training from start to predictions."""

from __future__ import annotations

import contextlib
import copy
import logging
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytorch_lightning as pl
import torch

from kilnmix.classifier.data.loader import BatchLoader
from kilnmix.classifier.data.training_data import TrainingData, resolve
from kilnmix.classifier.network.build import build
from kilnmix.classifier.network.multitask import MultiTaskNetwork
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.checkpoint import CheckpointSelection, OnStep
from kilnmix.classifier.training.fitted import Cost, Fitted, conclude
from kilnmix.classifier.training.module import MultiTaskClassifier, TaskLosses
from kilnmix.classifier.training.probe import probe_of
from kilnmix.classifier.training.resume import Resumer
from kilnmix.classifier.training.weighting import weighting
from kilnmix.common import seeds
from kilnmix.common.devices import resolved

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


def fit(run: TrainingRun, on_step: OnStep | None = None, resume: Path | None = None) -> Fitted:
    """Trains for `settings.steps` steps, keeps averaged weights as `settings.keep` says, calibrates, predicts.

    On a CPU and with one thread count the same run gives the same bits. On a GPU it does as far as torch's operations
    have a deterministic form, which they are told to take.

    Args:
        on_step: called after every step with the number of steps done and the figures that are new at that step.
        resume: the file in which an unfinished training leaves what it needs to go on, and looks for it.

    Raises:
        UserError: the pretrained weights cannot be had or do not fit.
    """
    began = time.perf_counter(), time.process_time()
    settings, device = run.settings, torch.device(resolved(run.settings.device))
    data = resolve(run)
    with torch.random.fork_rng(devices=[] if device.type == "cpu" else None), _determinism_restored():
        torch.manual_seed(seeds.derive(run.seed, "initialisation"))
        network = build(settings, data.classes)
        probe = probe_of(run, data, device) if settings.probe else None
        torch.manual_seed(seeds.derive(run.seed, "dropout"))
        selection = CheckpointSelection(run, data, network, copy.deepcopy(network).to(device), probe, on_step)
        module = _module(run, data, network)
        resumer = Resumer(resume, module, selection, began)
        loader = BatchLoader(run, data, resumer.first, device if device.type == "cuda" else None)
        trainer = _trainer(run, device, [resumer, selection], settings.steps - resumer.first)
        with warnings.catch_warnings():
            # Lightning misses a validation loop, which the selection is.
            warnings.simplefilter("ignore")
            started = time.perf_counter()
            trainer.fit(module, train_dataloaders=loader)
        stepping = time.perf_counter() - started - selection.seconds
        selection.restore()
        cost = Cost(began[0] - resumer.spent[0], began[1] - resumer.spent[1], selection.images / max(stepping, 1e-9))
        return conclude(run, data, selection, probe, cost)


@contextlib.contextmanager
def _determinism_restored() -> Iterator[None]:
    """Lightning's trainer sets it for the process, whose other work must not become slower by that."""
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


def _module(run: TrainingRun, data: TrainingData, network: MultiTaskNetwork) -> MultiTaskClassifier:
    settings = run.settings
    imbalance = [settings.imbalance_of(task) for task in run.tasks]
    task_losses = TaskLosses(settings.label_smoothing, imbalance, data.counts, data.drawn_counts)
    weights = [run.task_weights.get(task, 1.0) for task in run.tasks]
    epoch = max(1, round(len(run.train) / settings.batch_size))
    return MultiTaskClassifier(network, task_losses, weighting(settings.task_weighting, weights, epoch), settings)


def _trainer(run: TrainingRun, device: torch.device, callbacks: list[pl.Callback], steps: int) -> pl.Trainer:
    gpu = device.type == "cuda"
    return pl.Trainer(
        accelerator="gpu" if gpu else "cpu",
        devices=1,
        max_steps=steps,
        gradient_clip_val=run.settings.max_grad_norm,
        # An operation without a deterministic form is no reason to refuse a backbone.
        deterministic="warn" if gpu else None,
        callbacks=callbacks,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
