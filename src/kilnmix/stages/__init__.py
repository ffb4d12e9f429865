"""The pipeline's stages: one short recipe a file, one command and one entry of dvc.yaml of the same name.

A stage module has `run(params, draft)`, with a fold, a fold and an adapter, a look, or a look and a fold before the
draft. It fills the empty folder `draft`, which the runner (`stages/runner.py`) puts in the place of the stage's output
when the stage has ended well, and returns an `Outcome`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kilnmix.tracking.records import Record

Scope = Literal["collection", "fold", "adapter", "look", "extension"]

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
    "look": "look",
    "extend": "extension",
    "compare": "collection",
    "refit": "collection",
}
"""The stages in the order of the data, and what each is run once for; `extension`: a look and a fold."""


@dataclass(frozen=True)
class Outcome:
    """What a stage made.

    Attributes:
        sentence: for the person.
        records: for MLflow; the first is the stage's own, the others are its trainings'.
        spent: kept states that are removed once the output stands.
    """

    sentence: str
    records: Sequence[Record]
    spent: Sequence[Path] = ()
