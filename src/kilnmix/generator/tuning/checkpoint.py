"""The state of a tuning that was broken off, outside the stage's outputs."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch


@dataclass
class State:
    """Everything that a tuning goes on from.

    Attributes:
        step: optimiser steps done.
        weights, average, best: the trained weights in float32, in the network's order; their moving average, and those
            of the lowest validation loss, each empty where there is none.
        optimizer: its own state.
        losses: of every step done.
        curve: (step, validation loss).
    """

    step: int
    weights: list[torch.Tensor]
    optimizer: dict[str, Any]
    losses: list[float]
    average: list[torch.Tensor] = field(default_factory=list)
    best: list[torch.Tensor] = field(default_factory=list)
    curve: list[tuple[int, float]] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """To a temporary name, synced, then renamed: a power cut leaves the state before or this one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            torch.save(vars(self), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def read(path: Path) -> State | None:
    """The state in a file; None where there is none or it cannot be read, and tuning begins again."""
    if not path.exists():
        return None
    try:
        return State(**torch.load(path, weights_only=True, map_location="cpu"))
    except (RuntimeError, EOFError, OSError, ValueError, TypeError, KeyError, pickle.UnpicklingError):
        return None
