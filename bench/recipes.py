"""Recipes of conf/classifier against each other on the photographs of a project: scores and seconds.

    python -m bench.recipes PROJECT default paper --folds 0 1 2 3 4 --seeds 0 1 2

PROJECT is a folder in which `kilnmix prepare` has run; its params.yaml gives backbone, weights and size, and all else
of a recipe is conf/classifier's. Trainings are kept one by one in --store and read from there when the command is given
again, so it can be stopped at any time, or by --minutes. Recipes are to be chosen on `validation`; the test parts are
opened only where --test asks for it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.rows import commit
from kilnmix import config
from kilnmix.classifier.results import Metrics, Predictions, read_metrics, read_predictions
from kilnmix.classifier.run import TrainingRun
from kilnmix.collection.prepared import Prepared, load
from kilnmix.common import environment, seeds
from kilnmix.config import ClassifierSettings, composition

OUT = Path(__file__).parent / "results" / "recipes.json"
LEAST_OBJECTS = 5
GROUPS = ("macro_f1", "head_f1", "middle_f1", "tail_f1")
Trained = Mapping[tuple[int, int], Path]
"""(seed, fold) -> the folder of a training."""


def recipe(name: str, project: Path, changes: Sequence[str]) -> ClassifierSettings:
    """conf/classifier/NAME.yaml with the project's backbone, weights and size; NAME+a.b=c changes settings by name."""
    own = config.load(project / "params.yaml").classifier
    base, *more = name.split("+")
    same = [f"classifier.backbone={own.backbone}", f"classifier.weights={own.weights}", f"classifier.size={own.size}"]
    overrides = [f"classifier.{change}" for change in (*more, *changes)]
    return composition.compose([f"classifier={base}", *same, *overrides])[1].classifier


def runs(
    name: str, settings: ClassifierSettings, prepared: Prepared, tasks: Sequence[str], pairs: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], TrainingRun]:
    """(seed, fold) -> training; seeds follow from fold and seed, the same for every recipe."""
    return {
        (seed, fold): TrainingRun(
            prepared=prepared.folder,
            tasks=tuple(tasks),
            settings=settings,
            task_weights=settings.task_weights,
            seed=seeds.derive(seed, "recipe", fold),
            train=prepared.members(fold, "train"),
            val=prepared.members(fold, "val"),
            test=prepared.members(fold, "test"),
            name=f"{name} {fold}/{seed}",
        )
        for seed, fold in pairs
    }


def summary(
    prepared: Prepared, tasks: Sequence[str], ordered: Sequence[str], trained: Trained, part: str
) -> dict[str, Any]:
    """A recipe's scores: for every seed those of all folds' answers together, averaged over the seeds.

    Scored are the classes with at least five objects in the folds' parts; photographs of other classes are left out.
    """
    by_seed: dict[int, list[Path]] = {}
    for (seed, _), folder in sorted(trained.items()):
        by_seed.setdefault(seed, []).append(folder)
    found = {
        seed: _scores(prepared, tasks, ordered, [read_predictions(folder / f"{part}.npz") for folder in folders])
        for seed, folders in by_seed.items()
    }
    first = next(iter(found.values()))
    each = {
        task: {key: _mean([scores[task].get(key) for scores in found.values()]) for key in first[task]}
        for task in tasks
    }
    means = {key: _mean([each[task].get(key) for task in tasks]) for key in GROUPS}
    of_seeds = {seed: _mean([scores[task]["macro_f1"] for task in tasks]) for seed, scores in found.items()}
    return {"tasks": each, "mean": means, "mean_by_seed": of_seeds}


def _scores(
    prepared: Prepared, tasks: Sequence[str], ordered: Sequence[str], answers: Sequence[Predictions]
) -> dict[str, dict[str, float]]:
    from kilnmix.classifier.metrics.task_scores import score_task

    rows = np.concatenate([one.rows for one in answers])
    found: dict[str, dict[str, float]] = {}
    for task in tasks:
        labels = prepared.labels[task][rows]
        classes = len(prepared.task(task).classes)
        objects = [len(np.unique(prepared.objects[rows[labels == number]])) for number in range(classes)]
        rare = np.array([count < LEAST_OBJECTS for count in objects])
        labels = np.where((labels >= 0) & ~rare[labels.clip(min=0)], labels, -1)
        counts = np.bincount(prepared.labels[task][prepared.labels[task] >= 0], minlength=classes)
        probabilities = np.concatenate([one.probabilities[task] for one in answers])
        scores = score_task(probabilities, labels, counts, ordered=task in ordered)
        if scores is None:
            continue
        found[task] = scores.numbers()
    return found


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def costs(measured: Sequence[Metrics]) -> dict[str, float]:
    """Median wall and processor seconds of a training, each with one thread."""
    return {
        "seconds": float(np.median([one.seconds for one in measured])),
        "cpu_seconds": float(np.median([one.cpu_seconds for one in measured])),
    }


def train(wanted: Sequence[TrainingRun], store: Path, until: float) -> None:
    """Trains in this process, with one thread, what the store lacks, until the clock (`time.monotonic`) says so."""
    import torch

    from kilnmix.classifier.training.worker import keep_freed_memory, train_into

    keep_freed_memory()
    torch.set_num_threads(1)
    store.mkdir(parents=True, exist_ok=True)
    for run in wanted:
        folder = store / run.digest()
        if folder.is_dir():
            continue
        if time.monotonic() > until:
            break
        train_into(run, folder)
        metrics = read_metrics(folder / "metrics.json")
        score = f"{metrics.best.score:.3f}" if metrics.best else "-"
        print(f"{run.name}: validation {score}, {metrics.cpu_seconds:.0f} CPU s, {metrics.seconds:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("recipes", nargs="+", help="as in conf/classifier, or changed: default+ema=0.9+flips=true")
    parser.add_argument("--tasks", nargs="+", default=["dynasty", "glaze", "type"])
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], help="settings that all recipes get, as in precision=bfloat16")
    parser.add_argument("--store", type=Path, default=Path(".kilnmix/recipes"))
    parser.add_argument("--minutes", type=float, default=1e9, help="start no training after that many")
    parser.add_argument("--test", action="store_true", help="score the test parts and write --out")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    environment.settle()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    prepared = load(given.project / "out" / "prepare")
    pairs = list(itertools.product(given.seeds, given.folds))
    described = {name: recipe(name, given.project, given.set) for name in given.recipes}
    wanted = {name: runs(name, settings, prepared, given.tasks, pairs) for name, settings in described.items()}
    train([wanted[name][pair] for pair in pairs for name in wanted], given.store, time.monotonic() + 60 * given.minutes)
    done: dict[str, dict[tuple[int, int], Path]] = {
        name: {pair: given.store / run.digest() for pair, run in by_pair.items()} for name, by_pair in wanted.items()
    }
    # Recipes are compared on the folds and seeds that all of them have.
    ready = [pair for pair in pairs if all(done[name][pair].is_dir() for name in done)]
    if not ready:
        sys.exit("No fold and seed is done for every recipe yet.")
    found: dict[str, Any] = {
        "recipes": {}, "runs": ready, "photographs": len(prepared), "threads": 1, "set": given.set, "commit": commit()
    }  # fmt: skip
    for name, settings in described.items():
        folders = {pair: done[name][pair] for pair in ready}
        entry: dict[str, Any] = {"settings": settings.model_dump(mode="json", exclude={"weights"})}
        entry |= costs([read_metrics(folder / "metrics.json") for folder in folders.values()])
        for part in ["validation", *(["test"] if given.test else [])]:
            entry[part] = summary(prepared, given.tasks, settings.ordered, folders, part)
            print(_line(name, part, entry, given.tasks))
        found["recipes"][name] = entry
    if given.test:
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _line(name: str, part: str, entry: Mapping[str, Any], tasks: Sequence[str]) -> str:
    each = " ".join(f"{task} {entry[part]['tasks'][task]['macro_f1']:.3f}" for task in tasks)
    mean = entry[part]["mean"]
    groups = " ".join(f"{key.removesuffix('_f1')} {mean[key]:.3f}" for key in GROUPS if mean[key] is not None)
    return f"{name:32} {part:10} {each} | {groups} | {entry['cpu_seconds']:.0f} CPU s"


if __name__ == "__main__":
    main()
