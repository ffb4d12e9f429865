"""model.json beside a trained network: what it needs to answer for a picture. Imports no torch."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kilnmix.collection.pictures.picture import ResizeMode
from kilnmix.collection.prepared import Task
from kilnmix.common.errors import UserError
from kilnmix.common.paths import OUT
from kilnmix.common.readers import read_mapping

NAME = "model.json"
SCHEMA = 2
_POOLINGS = ("average", "statistics", "covariance")
_FITS = ("pad", "crop", "squash")
_LARGEST = 4096
"""Pixels a side: a larger network is none of ours."""


@dataclass(frozen=True)
class ModelCard:
    """What stands in model.json.

    Attributes:
        backbone: the architecture's name; `neck` the shared layers' widths; `pooling` as in `MultiTaskNetwork`.
        probe: weight in [0, 1) of the second network; 0 where there is none.
        size: side in pixels that the network was trained at.
        fit: how a picture that is not square is made so.
        flips: whether a picture and its mirror image answer together.
        mean, std: normalisation of pixels in [0, 1], three channels.
        tasks: in the network's order.
        temperatures: task -> divisor of its logits, above 0.
        seen: task -> (C_t,) bool, whether training had an image of the class.
    """

    backbone: str
    neck: tuple[int, ...]
    pooling: Literal["average", "statistics", "covariance"]
    probe: float
    size: int
    fit: ResizeMode
    flips: bool
    mean: tuple[float, ...]
    std: tuple[float, ...]
    tasks: tuple[Task, ...]
    temperatures: Mapping[str, float]
    seen: Mapping[str, np.ndarray]

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """task -> its classes, in the order of the network's answers."""
        return {task.name: task.classes for task in self.tasks}

    def write(self, folder: Path) -> None:
        card: dict[str, Any] = {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in ("backbone", "neck", "pooling", "probe", "size", "fit", "flips")},
            "mean": list(self.mean),
            "std": list(self.std),
            "tasks": [
                {
                    "name": task.name,
                    "classes": task.classes,
                    "words": dict(task.words),
                    "seen": self.seen[task.name].tolist(),
                    "temperature": self.temperatures[task.name],
                }
                for task in self.tasks
            ],
        }
        (folder / NAME).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> ModelCard:
    """What `ModelCard.write` wrote.

    Raises:
        UserError: the folder holds no model or one of another version, or the card is damaged: something is missing, a
            temperature is not above 0, a number is not finite.
    """
    path = folder / NAME
    if not path.is_file():
        raise UserError(
            f"{folder} holds no trained model ({NAME} is missing). Run `dvc repro refit`, or name its folder."
        )
    card = read_mapping(path, remedy(folder))
    if card.get("schema") not in (1, SCHEMA):
        raise UserError(
            f"{folder} holds a model of format {card.get('schema')!r}; this version reads format {SCHEMA}. "
            "Make it anew with `dvc repro refit`."
        )
    try:
        return _parsed(card)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        said = f"{error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
        raise UserError(f"{path} is damaged: {said}. {remedy(folder)}") from error


def remedy(folder: Path) -> str:
    """How a person has a damaged model's folder back."""
    if OUT.resolve() in folder.resolve().parents:
        return f"Take it back with `dvc checkout {shlex.quote(folder.as_posix())}`, or make it anew with `dvc repro`."
    return "Copy the folder anew from where it comes."


def _parsed(card: Mapping[str, Any]) -> ModelCard:
    entries = card["tasks"]
    tasks = tuple(Task(str(e["name"]), tuple(map(str, e["classes"])), dict(e["words"])) for e in entries)
    names = [task.name for task in tasks]
    _demand(bool(tasks) and len(set(names)) == len(names), "its tasks are none, or one is there twice")
    for task in tasks:
        _demand(len(set(task.classes)) == len(task.classes) > 0, f"the classes of {task.name}")
    seen = {task.name: np.array(entry["seen"], bool) for task, entry in zip(tasks, entries, strict=True)}
    _demand(all(seen[t.name].shape == (len(t.classes),) for t in tasks), "`seen` does not fit the classes")
    temperatures = {task.name: float(entry["temperature"]) for task, entry in zip(tasks, entries, strict=True)}
    for name, value in temperatures.items():
        _demand(math.isfinite(value) and value > 0, f"the temperature of {name} is {value}")
    _demand(card["pooling"] in _POOLINGS, f"there is no pooling {card['pooling']!r}")
    _demand(card["fit"] in _FITS, f"there is no way {card['fit']!r} to make a picture square")
    weight, size = float(card.get("probe", 0.0)), card["size"]
    _demand(0 <= weight < 1, f"probe is {weight}")
    _demand(isinstance(size, int) and not isinstance(size, bool) and 0 < size <= _LARGEST, f"size is {size!r}")
    neck = tuple(card["neck"])
    _demand(all(isinstance(width, int) and 0 < width < 2**16 for width in neck), f"neck is {list(neck)}")
    return ModelCard(
        backbone=str(card["backbone"]),
        neck=neck,
        pooling=card["pooling"],
        probe=weight,
        size=size,
        fit=card["fit"],
        flips=bool(card["flips"]),
        mean=_channels(card["mean"], "mean"),
        std=_channels(card["std"], "std"),
        tasks=tasks,
        temperatures=temperatures,
        seen=seen,
    )


def _channels(values: Sequence[float], name: str) -> tuple[float, ...]:
    numbers = tuple(map(float, values))
    _demand(len(numbers) == 3 and all(map(math.isfinite, numbers)), f"{name} is {list(numbers)}")
    _demand(name == "mean" or min(numbers) > 0, f"{name} is {list(numbers)}")
    return numbers


def _demand(holds: bool, said: str) -> None:
    if not holds:
        raise ValueError(said)
