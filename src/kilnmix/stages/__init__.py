"""The pipeline's stages: one short recipe a file, one command and one entry of dvc.yaml of the same name.

A stage module has `run(params)`, `run(params, fold)` or `run(params, fold, adapter)`, which makes its outputs and
returns an `Outcome`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kilnmix.tracking.records import Record

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
