"""What a stage tells of its runs, written into its own outputs.

Publishing copies records to MLflow. So the outputs hold the truth: a stage that DVC restored from its cache ran nothing
and logged nothing, and `kilnmix runs` fills in what is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from kilnmix.common.paths import OUT, REPORTS, Fold
from kilnmix.common.readers import read_json, understood
from kilnmix.tracking.inputs import RECORDS, DataInput
from kilnmix.tracking.naming import stage_place

Level = Literal["stage", "trial", "training"]
Status = Literal["FINISHED", "FAILED", "KILLED"]
STATE = "state"
"""Tag of a trial: Optuna's state of it."""
STORED = "optuna.study"
"""Parameter of a trial: its study's name in the storage of the search."""


@dataclass(frozen=True)
class Record:
    """What is to be known of one run.

    Attributes:
        name: what the MLflow UI shows.
        tags: the flat tags stage, arm, fold, adapter, seed, task, study, trial, state, as far as they apply.
        curves: metric -> (step, value) pairs.
        artifacts: files or folders, relative to the project.
        confusion: task -> a confusion matrix of validation, as `confusion.table` writes it.
        model: the folder of a trained model to register, if any.
        seconds: how long the run took, where that is known. Not written down and no part of the digest: outputs are the
            same whether a stage was killed in between or not.
    """

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    inputs: Sequence[DataInput] = ()
    artifacts: Sequence[str] = ()
    confusion: Mapping[str, str] = field(default_factory=dict)
    model: str | None = None
    seconds: float | None = None

    @property
    def digest(self) -> str:
        """Identifies the run by what it was, what it read, and what it found."""
        return hashlib.sha256(json.dumps(_lasting(self), sort_keys=True, default=str).encode()).hexdigest()

    @property
    def level(self) -> Level:
        """Whether this tells of a stage, of a trial of a search, or of a training."""
        return "training" if "run" in self.params else "trial" if STORED in self.params else "stage"

    @property
    def key(self) -> str | None:
        """What the training or the trial that this tells of is about; None for a stage's own record."""
        if self.level == "training":
            return training_key(self.tags.get("arm"), str(self.params["run"]))
        return trial_key(str(self.params[STORED]), self.tags["trial"]) if self.level == "trial" else None

    @property
    def status(self) -> Status:
        """How its run ends: a trial that the search stopped as a run that was stopped."""
        return "KILLED" if self.tags.get(STATE) == "PRUNED" else "FINISHED"


def trial_key(study: str, number: object) -> str:
    """What a trial's run is about, known before it begins: its study's name in the storage, and its place there."""
    return f"trial/{study}/{number}"


def training_key(arm: str | None, digest: str) -> str:
    """What a training's run is about, known before it has ended: its arm, and the digest of all that decides it."""
    return f"training/{arm}/{digest[:16]}"


def _lasting(record: Record) -> dict[str, Any]:
    entries = {name: value for name, value in asdict(record).items() if name != "seconds"}
    # Left out where there is none, so that a record from before there were any keeps its digest.
    return entries if record.confusion else {name: entries[name] for name in entries if name != "confusion"}


def write(folder: Path, records: Sequence[Record]) -> None:
    text = json.dumps([_lasting(record) for record in records], ensure_ascii=False, indent=1, default=str)
    (folder / RECORDS).write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> list[Record]:
    """The records in a stage's outputs; raises `UserError` for a damaged file."""
    entries = read_json(path)
    with understood(path):
        return parsed(entries)


def parsed(entries: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Records from what JSON makes of them; raises `TypeError` where that is no list."""
    if not isinstance(entries, list):
        raise TypeError("it holds no list")
    return [
        Record(**{**entry, "inputs": tuple(DataInput(**{"digest": "", **item}) for item in entry["inputs"])})
        for entry in entries
    ]


def read_all() -> list[Record]:
    """The records of all stages whose outputs are there, in the stages' order, a whole run before its parts."""
    paths = sorted(OUT.rglob(RECORDS), key=lambda path: (stage_place(path.relative_to(OUT).parts[0]), path))
    return [record for path in [*paths, *REPORTS.glob(RECORDS)] for record in read(path)]


def tags(stage: str, fold: Fold | None = None, adapter: int | None = None, **more: object) -> dict[str, str]:
    """The flat tags that every run carries, as far as they apply."""
    named = {"stage": stage, "fold": fold, "adapter": adapter, **more}
    return {name: str(value) for name, value in named.items() if value is not None}
