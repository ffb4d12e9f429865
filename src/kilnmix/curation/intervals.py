"""Values with 95 % intervals. By name they are metrics, and columns of a table: `NAME`, `NAME_low`, `NAME_high`, empty
where unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BOUNDS = ("", "_low", "_high")


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


def columns(names: Sequence[str]) -> list[str]:
    return [f"{name}{bound}" for name in names for bound in _BOUNDS]


def cells(values: Mapping[str, Interval], names: Sequence[str]) -> list[str]:
    """What stands in `columns`."""
    found = [values.get(name) for name in names]
    numbers = [number for own in found for number in ((own.value, own.low, own.high) if own else [None] * 3)]
    return ["" if number is None else f"{number:.6f}" for number in numbers]


def read(row: Mapping[str, str], names: Sequence[str]) -> dict[str, Interval]:
    """The intervals that a row holds.

    Raises:
        ValueError: a bound is missing, or a cell is no finite number.
    """
    return {
        name: Interval(*(number(row, f"{name}{bound}") for bound in _BOUNDS))
        for name in names
        if any(row[f"{name}{bound}"] for bound in _BOUNDS)
    }


def number(row: Mapping[str, str], column: str) -> float:
    """A cell's number; raises `ValueError` for one that is not finite."""
    found = float(row[column])
    if not math.isfinite(found):
        raise ValueError(f"{column} is {row[column]!r}, which is no finite number")
    return found


def metrics(values: Mapping[str, Interval], prefix: str = "") -> dict[str, float]:
    """For MLflow: `NAME`, `NAME.low` and `NAME.high`, each behind a prefix."""
    bounds = {"": "value", ".low": "low", ".high": "high"}
    return {f"{prefix}{name}{end}": getattr(own, key) for name, own in values.items() for end, key in bounds.items()}
