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


def output(stage: str, *item: Fold) -> Path:
    """The folder that a stage writes for its item: out/STAGE, out/STAGE/FOLD, out/STAGE/FOLD/ADAPTER; look by look
    out/look/LOOK and out/extend/LOOK/FOLD."""
    return OUT.joinpath(stage, *map(str, item))
