"""The pipeline's stages: one short recipe a file, one command and one entry of dvc.yaml of the same name.

A stage module has `run(params)`, `run(params, fold)` or `run(params, fold, adapter)`, which makes its outputs and
returns an `Outcome`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kilnmix.collection.prepared import Fold
from kilnmix.tracking import Record

OUT = Path("out")
PREPARED = OUT / "prepare"
STATE = Path(".kilnmix")
"""What lets a killed stage go on, and results that are reused: outside of all outputs."""

Scope = Literal["collection", "fold", "adapter"]

SCOPES: dict[str, Scope] = {
    "prepare": "collection",
    "judge": "fold",
    "encode": "fold",
    "finetune": "adapter",
    "generate": "adapter",
    "curate": "adapter",
    "train": "fold",
    "search": "fold",
    "confirm": "fold",
    "compare": "collection",
    "refit": "collection",
}
"""The stages in the order of the data, and what each is run once for."""


@dataclass(frozen=True)
class Outcome:
    """What a stage made, in a sentence for the person, and what MLflow is to know of it."""

    sentence: str
    records: Sequence[Record] = ()


def output(stage: str, fold: Fold | None = None, adapter: int | None = None) -> Path:
    """The folder that a stage writes: out/STAGE, out/STAGE/FOLD or out/STAGE/FOLD/ADAPTER."""
    path = OUT / stage
    if fold is not None:
        path /= str(fold)
    if adapter is not None:
        path /= str(adapter)
    return path


def tags(stage: str, fold: Fold | None = None, adapter: int | None = None, **more: object) -> dict[str, str]:
    """The flat tags that every run carries, as far as they apply."""
    named = {"stage": stage, "fold": fold, "adapter": adapter, **more}
    return {name: str(value) for name, value in named.items() if value is not None}
