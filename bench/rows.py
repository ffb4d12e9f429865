"""A measured figure and how it is taken."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        value, reference: medians of interleaved runs; None where the figure could not be taken, and `why` says why.
        ratio: value over reference, where there is one.
        target: what it should be, in words: `>= 1.5`.
    """

    name: str
    value: float | None
    unit: str
    reference: float | None = None
    target: str = ""
    runs: int = 1
    why: str = ""

    def entry(self, hardware: str, commit: str) -> dict[str, object]:
        """The row as it stands in bench/results."""
        ratio = self.value / self.reference if self.value is not None and self.reference else None
        fields = {**asdict(self), "ratio": ratio, "hardware": hardware, "commit": commit}
        return fields if self.why else {name: value for name, value in fields.items() if name != "why"}


def missing(name: str, unit: str, target: str, why: str) -> Row:
    """A figure that could not be taken here."""
    return Row(name, None, unit, target=target, runs=0, why=why)


def interleaved(ours: Callable[[], float], plain: Callable[[], float], runs: int) -> tuple[float, float]:
    """Medians of two measurements taken in turn, so that a machine that drifts drifts for both."""
    pairs = [(ours(), plain()) for _ in range(runs)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of a call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def commit() -> str:
    """The commit that is measured, marked where the tree differs from it."""
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run(["git", "status", "--porcelain", "src"], capture_output=True, text=True, check=False)
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
