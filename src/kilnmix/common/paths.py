"""Where the stages write, and where what outlives them lies."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Fold = int | Literal["all"]
"""A fold's number, or `all`: every object is a training object, none is tested."""

OUT = Path("out")
PREPARED = OUT / "prepare"
REPORTS = Path("reports")
STATE = Path(".kilnmix")
"""What lets a killed stage go on, and results that are reused: outside of all outputs."""


def output(stage: str, fold: Fold | None = None, adapter: int | None = None) -> Path:
    """The folder that a stage writes: out/STAGE, out/STAGE/FOLD or out/STAGE/FOLD/ADAPTER."""
    path = OUT / stage
    if fold is not None:
        path /= str(fold)
    if adapter is not None:
        path /= str(adapter)
    return path
