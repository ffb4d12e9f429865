"""The data card as one frozen value, and its form in card.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kilnmix.collection.cleaning import Conflict
from kilnmix.common.errors import UserError

SCHEMA = 2


@dataclass(frozen=True)
class TaskLabels:
    """How many photographs and objects have a label of a task.

    Attributes:
        missing: photographs without one. unsure: photographs whose label is known and marked as unsure.
        doubtful: photographs without one because the entry doubts its class.
    """

    labelled: int
    labelled_objects: int
    missing: int
    unsure: int
    doubtful: int = 0


@dataclass(frozen=True)
class ClassCounts:
    """How often a class stands.

    Attributes:
        finer: finer term -> its photographs.
        folds: fold -> part -> objects.
    """

    photographs: int
    objects: int
    finer: Mapping[str, int] = field(default_factory=dict)
    folds: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Association:
    """How far another label, or a thing that should say nothing of labels (source, file format), tells a task.

    Counted over `objects`. `told` is the share of them whose label is the commonest one among those with the same
    value of the other, `base` the share of the commonest label of all.
    """

    task: str
    other: str
    objects: int
    cramers_v: float
    told: float
    base: float

    def to_json(self) -> dict[str, Any]:
        return {"with" if name == "other" else name: value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Association:
        return cls(**{"other" if name == "with" else name: value for name, value in entry.items()})


@dataclass(frozen=True)
class DuplicateCounts:
    """Pairs of photographs that show one picture."""

    exact_pairs: int
    near_pairs: int
    objects_with_several_photographs: int
    conflicts: int


@dataclass(frozen=True)
class Caution:
    """Something that makes a result doubtful; `sentences.caution_sentence` puts it into words.

    Attributes:
        kind: `decides`, `together`, `untrained`, `contradicting`, `overlapping`, `missing`, or `plain`, which is of no
            task.
        values: of the sentence: names, lists of class ids, counts and shares (fractions).
    """

    kind: str
    task: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataCard:
    """What is in the prepared collection, what was left out, and what its labels hang on.

    Attributes:
        rows: of the table; kept: photographs that are used.
        rejected: reason -> rows left out for it.
        labels: task -> how many are known. classes: task -> class -> counts.
        parts: fold -> part -> photographs.
        cautions: what makes a result doubtful.
    """

    rows: int
    kept: int
    objects: int
    rejected: Mapping[str, int]
    pictures_without_row: int
    labels: Mapping[str, TaskLabels]
    classes: Mapping[str, Mapping[str, ClassCounts]]
    parts: Mapping[str, Mapping[str, int]]
    duplicates: DuplicateCounts
    conflicts: tuple[Conflict, ...] = ()
    associations: tuple[Association, ...] = ()
    cautions: tuple[Caution, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, names, lists and mappings."""
        return {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in ("rows", "kept", "objects")},
            "rejected": dict(self.rejected),
            "pictures_without_row": self.pictures_without_row,
            "labels": {task: asdict(labels) for task, labels in self.labels.items()},
            "classes": {
                task: {name: asdict(counts) for name, counts in classes.items()}
                for task, classes in self.classes.items()
            },
            "parts": {fold: dict(parts) for fold, parts in self.parts.items()},
            "duplicates": asdict(self.duplicates),
            "conflicts": [asdict(conflict) | {"labels": list(conflict.labels)} for conflict in self.conflicts],
            "associations": [association.to_json() for association in self.associations],
            "cautions": [asdict(caution) for caution in self.cautions],
        }

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def from_json(cls, card: Mapping[str, Any]) -> DataCard:
        """What `to_json` gave.

        Raises:
            ValueError: it has another form.
        """
        try:
            if card["schema"] != SCHEMA:
                raise ValueError(f"schema {card['schema']!r} instead of {SCHEMA}")
            return cls(
                rows=int(card["rows"]),
                kept=int(card["kept"]),
                objects=int(card["objects"]),
                rejected=dict(card["rejected"]),
                pictures_without_row=int(card["pictures_without_row"]),
                labels={task: TaskLabels(**entry) for task, entry in card["labels"].items()},
                classes={
                    task: {name: ClassCounts(**entry) for name, entry in classes.items()}
                    for task, classes in card["classes"].items()
                },
                parts=dict(card["parts"]),
                duplicates=DuplicateCounts(**card["duplicates"]),
                conflicts=tuple(Conflict(**{**entry, "labels": tuple(entry["labels"])}) for entry in card["conflicts"]),
                associations=tuple(map(Association.from_json, card["associations"])),
                cautions=tuple(Caution(**entry) for entry in card["cautions"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error


def load(path: Path) -> DataCard | None:
    """The card in a file; none where there is no such file.

    Raises:
        UserError: it is no data card.
    """
    if not path.exists():
        return None
    try:
        return DataCard.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path} is no data card ({error}). Make it anew with `dvc repro --force prepare`.") from error
