"""How fast `kilnmix predict` answers: its first photograph, and photographs a second, against the same model by torch.

The model is MobileNetV3-Small at 224 px with its probe and mirror images, as `classifier=default` builds it, with
random weights, which cost what trained ones do; the photographs are JPEGs of 384 px. Processor seconds are those of the
whole command; a machine that does other work stretches wall time, so the load stands beside the figures.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.rows import Row
from kilnmix.classifier import exported, predict
from kilnmix.classifier.export import export
from kilnmix.classifier.model_card import ModelCard
from kilnmix.classifier.network.backbones import architecture
from kilnmix.classifier.network.multitask import MultiTaskNetwork, Pooling
from kilnmix.classifier.reference import Reference
from kilnmix.collection.prepared import Task

SIDE, SIZE, PHOTOGRAPHS = 384, 224, 256
TASKS = {"dynasty": 8, "glaze": 12, "kiln": 10, "type": 10}


def build(folder: Path) -> None:
    """A model's folder as `refit` leaves it."""
    torch.manual_seed(0)
    tasks = tuple(Task(name, tuple(f"{name}{n}" for n in range(count)), {}) for name, count in TASKS.items())

    def network(pooling: Pooling, neck: list[int]) -> MultiTaskNetwork:
        return MultiTaskNetwork(architecture("mobilenet_v3_small"), TASKS, neck, 0.0, pooling).eval()

    seen = {name: np.ones(count, bool) for name, count in TASKS.items()}
    both = network("statistics", [128]), network("covariance", [])
    mean, std = (tuple(part.flatten().tolist()) for part in (both[0].mean, both[0].std))
    card = ModelCard(
        "mobilenet_v3_small", (128,), "statistics", 0.5, SIZE, "pad", True, mean, std, tasks,
        dict.fromkeys(TASKS, 1.0), seen,
    )  # fmt: skip
    model = predict.Model(both[0], card, both[1])
    model.write(folder)
    without = export(model, folder)
    if without:
        raise RuntimeError(without)
    width = model.probe.width if model.probe else 0
    features = np.random.default_rng(0).normal(size=(900, width)).astype(np.float32)
    Reference.of(features, np.arange(900), [str(row) for row in range(900)]).write(folder)


def photographs(folder: Path, count: int) -> None:
    """JPEGs that are neither flat nor noise."""
    rng = np.random.default_rng(1)
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8)).resize((SIDE, SIDE))
        noisy = np.asarray(coarse, np.int16) + rng.integers(-12, 13, (SIDE, SIDE, 1), np.int16)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / f"{number:04d}.jpg", quality=88)


def timed(model: Path, *pictures: Path) -> tuple[float, float]:
    """Wall and processor seconds of a command."""
    command = [sys.executable, "-m", "kilnmix.cli", "predict", "--model", str(model), "--format", "csv"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*command, *map(str, pictures)], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def taken(model: Path, pictures: Path) -> dict[str, float]:
    """First answer, and photographs a second by the wall clock and by processor time, the start taken off."""
    first = sorted(pictures.iterdir())[0]
    timed(model, first)  # files into the page cache
    wall, cpu = min(timed(model, first) for _ in range(2))
    all_wall, all_cpu = timed(model, pictures)
    more = len(list(pictures.iterdir())) - 1
    return {
        "first answer": wall,
        "first answer, processor time": cpu,
        "photographs": more / max(all_wall - wall, 1e-9),
        "a photograph, processor time": 1000 * (all_cpu - cpu) / more,
    }


UNITS = {
    "first answer": ("s", "<= 2"),
    "first answer, processor time": ("s", ""),
    "photographs": ("a second", ">= 60"),
    "a photograph, processor time": ("ms", "<= 33"),
}


def measure() -> Iterable[Row]:
    """By onnxruntime, against torch."""
    with tempfile.TemporaryDirectory() as place:
        model, pictures = Path(place) / "model", Path(place) / "pictures"
        model.mkdir()
        pictures.mkdir()
        build(model)
        photographs(pictures, PHOTOGRAPHS)
        ours = taken(model, pictures)
        (model / exported.NAME).unlink()
        plain = taken(model, pictures)
    for name, (unit, target) in UNITS.items():
        yield Row(f"predict: {name}", ours[name], unit, plain[name], target)
