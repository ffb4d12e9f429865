"""Cells of the label table -> class indices, by the vocabulary; and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kilnmix.collection.confidence import confidence
from kilnmix.collection.tables.listing import Row
from kilnmix.collection.vocabulary import reading
from kilnmix.collection.vocabulary.field import Field, Reading
from kilnmix.collection.vocabulary.spelling import coded, own_key, plain, slug
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings


@dataclass(frozen=True)
class Unresolved:
    """An entry that the vocabulary does not have: how often it stands in the table, and the ids that come nearest."""

    task: str
    text: str
    count: int
    how: str
    candidates: tuple[str, ...]

    def __str__(self) -> str:
        kind = {"ambiguous": "names more than one", "doubtful": "doubtful"}.get(self.how, "not known")
        near = {"ambiguous": "they are", "doubtful": "perhaps"}.get(self.how, "nearest")
        shown = f", {near}: {', '.join(self.candidates)}" if self.candidates else ""
        return f"{self.task}: {self.text!r} ({self.count} times) {kind}{shown}"


@dataclass(frozen=True)
class Understood:
    """What rows say.

    Attributes:
        readings: task -> one reading a row.
        unresolved: entries that are not known or name several classes.
        doubtful: entries that are not sure of what they name, whether they are kept or left open.
        sure: task -> (N,) float32, 1 where a row names its class without doubt, 0 where with doubt, nan where it names
            none.
    """

    readings: dict[str, list[Reading]]
    unresolved: list[Unresolved]
    doubtful: list[Unresolved]
    sure: dict[str, np.ndarray]

    def at(self, places: np.ndarray) -> Understood:
        """The same of some rows only; entries stay those of all."""
        readings = {task: [said[place] for place in places.tolist()] for task, said in self.readings.items()}
        return replace(self, readings=readings, sure={task: sure[places] for task, sure in self.sure.items()})

    def given_by(self, tasks: Sequence[str], givers: np.ndarray) -> Understood:
        """The same with each label as sure as the row says that it was read from.

        Args:
            givers: (N, T) int64, rows.
        """
        return replace(self, sure={task: self.sure[task][givers[:, column]] for column, task in enumerate(tasks)})


def read_all(
    rows: Sequence[Row], tasks: Sequence[str], vocabulary: Vocabulary, shared: Container[str] = ()
) -> dict[str, list[Reading]]:
    """task -> one reading a row, from the task's cell and the title (`reading.read_both`).

    Args:
        shared: tasks whose column is one that other fields use as well.
    """
    around = [" | ".join(row.cells.values()) for row in rows]
    read: dict[str, list[Reading]] = {}
    for task in tasks:
        field = vocabulary.field(task)
        known: dict[tuple[str, str, str], Reading] = {}
        entries = [
            (row.cells.get(task, ""), row.title, other if field.contexts else "")
            for row, other in zip(rows, around, strict=True)
        ]
        for entry in dict.fromkeys(entries):
            known[entry] = reading.read_both(field, entry[0], entry[1], task in shared, entry[2])
        read[task] = [known[entry] for entry in entries]
    return read


def understand(
    rows: Sequence[Row],
    tasks: Sequence[str],
    settings: CollectionSettings,
    vocabulary: Vocabulary,
    shared: Container[str] = (),
) -> Understood:
    """`read_all` with the settings' new classes and their rule for doubt; and the entries that are still not resolved.

    The rule: an entry that doubts its class (`明?`, `possibly Song`, a 0 in the table's column TASK_sure) gets no
    label, or with `doubtful: keep` that class, marked as not sure.
    """
    readings = read_all(rows, tasks, vocabulary, shared)
    understood = Understood(readings, [], [], {})
    for task in tasks:
        cells = [row.cells.get(task, "") for row in rows]
        marked = [_as_marked(found, row.sure.get(task, "")) for found, row in zip(readings[task], rows, strict=True)]
        if task in settings.allow_new or settings.unresolved == "allow":
            marked = allow_new(marked, cells)
        marked = distinct(marked, cells, vocabulary.field(task))
        understood.doubtful.extend(_entries(task, marked, cells, ("doubtful",)))
        understood.sure[task] = np.array([_sureness(found) for found in marked], np.float32)
        readings[task] = [_kept(found) for found in marked] if settings.doubtful == "keep" else marked
        understood.unresolved.extend(_entries(task, readings[task], cells, ("unknown", "ambiguous")))
    return understood


def _as_marked(found: Reading, sure: str) -> Reading:
    """A reading that the table itself says is not sure."""
    if found.resolved and confidence(sure) < 0.5:
        return Reading("", "doubtful", found.finer, (found.id,), found.layer)
    return found


def _sureness(found: Reading) -> float:
    return 1.0 if found.resolved else 0.0 if found.how == "doubtful" else float("nan")


def _kept(found: Reading) -> Reading:
    if found.how == "doubtful" and len(found.candidates) == 1:
        return Reading(found.candidates[0], "unsure", found.finer, layer=found.layer)
    return found


def allow_new(readings: Sequence[Reading], cells: Sequence[str]) -> list[Reading]:
    """Unknown entries as classes of their own."""
    return [
        Reading(slug(cell) or coded(cell), "new") if found.how in ("unknown", "ambiguous") else found
        for found, cell in zip(readings, cells, strict=True)
    ]


def distinct(readings: Sequence[Reading], cells: Sequence[str], field: Field) -> list[Reading]:
    """The readings with ids that are one-to-one for classes that no vocabulary names.

    Terms that sound alike (鹿纹, 鹭纹) or differ in a sign that has no word (1.5, 1-5, 1/5) get the term itself behind
    their common id; so does a new term whose id is a class of the vocabulary.
    """
    keys = [
        own_key(plain(cell, field.characters)) if _own(found, field) else None
        for found, cell in zip(readings, cells, strict=True)
    ]
    terms: dict[str, set[str]] = {}
    for found, key in zip(readings, keys, strict=True):
        if key is not None:
            terms.setdefault(found.id, set()).add(key)
    clashing = {id_ for id_, texts in terms.items() if len(texts) > 1 or id_ in field.terms}
    return [
        replace(found, id=f"{found.id}-{_file_name(key)}") if key is not None and found.id in clashing else found
        for found, key in zip(readings, keys, strict=True)
    ]


def joined(readings: Sequence[Reading], cells: Sequence[str], field: Field) -> dict[str, list[str]]:
    """Class that no vocabulary names -> the terms that it was read from, where they differ in more than letters' forms
    (`blue-and-white`, `blue and white`)."""
    terms: dict[str, dict[str, str]] = {}
    for found, cell in zip(readings, cells, strict=True):
        if _own(found, field):
            terms.setdefault(found.id, {}).setdefault(plain(cell, field.characters), cell)
    return {id_: list(texts.values()) for id_, texts in terms.items() if len(texts) > 1}


def _own(found: Reading, field: Field) -> bool:
    return found.how == "new" or (field.kind == "open" and found.resolved and found.how != "unsure")


def _file_name(text: str) -> str:
    """A text as part of an id: signs that file names cannot hold as their code points."""
    return "".join(c if c.isalnum() or c == "_" else f"u{ord(c):04x}" if not c.isspace() else "-" for c in text)


def _entries(task: str, readings: Sequence[Reading], cells: Sequence[str], how: Container[str]) -> list[Unresolved]:
    """The entries that were read in one of some ways, commonest first."""
    found = {cell: reading for reading, cell in zip(readings, cells, strict=True) if reading.how in how}
    counts = Counter(cell for reading, cell in zip(readings, cells, strict=True) if reading.how in how)
    return [
        Unresolved(task, cell, count, found[cell].how, found[cell].candidates) for cell, count in counts.most_common()
    ]


def refuse(missing: Sequence[Unresolved], settings: CollectionSettings, again: str = "") -> None:
    """
    Args:
        again: the command that takes `--unresolved`; without one the advice is to compose the settings anew.

    Raises:
        UserError: there are entries that the vocabulary lacks, and the settings do not leave them out.
    """
    if not missing or settings.unresolved != "refuse":
        return
    ways = [
        (f"`{again} --unresolved {way}`" if again else f"`kilnmix compose collection.unresolved={way}`")
        for way in ("leave-out", "allow")
    ]
    many = "One entry is" if len(missing) == 1 else f"{len(missing)} different entries are"
    raise UserError(
        f"{many} not in the vocabulary:\n  "
        + "\n  ".join(map(str, missing[:20]))
        + (f"\n  and {len(missing) - 20} more" if len(missing) > 20 else "")
        + f"\nCorrect them, or add them to {settings.vocabulary}. Or leave them without a label with {ways[0]}, or "
        f"make each a class of its own with {ways[1]}."
    )
