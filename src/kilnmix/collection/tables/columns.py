"""Which column of a label table says what: by the settings, else by the names that museums and spreadsheets use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kilnmix.collection.tables.reader import Table, listed
from kilnmix.collection.vocabulary.spelling import key, plain
from kilnmix.collection.vocabulary.vocabulary import Field, Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import Columns


@dataclass(frozen=True)
class Found:
    """The columns of one table; `tasks` holds only tasks that have one."""

    image: str | None
    object: str | None
    source: str | None
    confidence: str | None
    title: str | None
    tasks: Mapping[str, str]
    shared: frozenset[str] = frozenset()
    """Tasks whose column goes by a name that several fields use."""


def find(table: Table, columns: Columns, tasks: Sequence[str], vocabulary: Vocabulary) -> Found:
    """The columns for the photographs and for each task.

    Raises:
        UserError: the settings name a column for a task that the table does not have.
    """
    names = {key(plain(name, vocabulary.characters)): name for name in table.columns}

    def named(purpose: str, wanted: str | None) -> str | None:
        if wanted is None:
            return None
        candidates = (wanted, *vocabulary.columns.get(purpose, ()))
        return next((names[k] for c in candidates if (k := key(plain(c, vocabulary.characters))) in names), None)

    special = {
        purpose: named(purpose, getattr(columns, purpose))
        for purpose in ("image", "object", "source", "confidence", "title")
    }
    found: dict[str, str] = {}
    shared = set()
    for task in tasks:
        if task in columns.tasks:
            given = columns.tasks[task]
            if given not in table.columns:
                raise UserError(
                    f"{table.path} has no column {given!r}, which collection.columns.tasks names for the task {task}. "
                    f"Its columns are: {listed(table.columns)}."
                )
            found[task] = given
            continue
        name, several = _for_task(task, table, names, vocabulary)
        if name is not None:
            found[task] = name
        if several:
            shared.add(task)
    return Found(**special, tasks=found, shared=frozenset(shared))


def need_image(found: Found, table: Table, columns: Columns) -> str:
    """The image column.

    Raises:
        UserError: there is none.
    """
    if found.image is None:
        raise UserError(
            f"{table.path} has no column {columns.image!r} with the pictures' file names. Its columns are: "
            f"{listed(table.columns)}. Name the right one in collection.columns.image."
        )
    return found.image


def _for_task(task: str, table: Table, names: Mapping[str, str], vocabulary: Vocabulary) -> tuple[str | None, bool]:
    """The column of the task's own name, else the first common name of its field; and whether fields share that name.

    Names that several fields use (分类 may hold shapes or wares) count only where most of what stands there is known.
    """
    own = names.get(key(plain(task, vocabulary.characters)))
    if own is not None:
        return own, False
    field = vocabulary.field(task)
    others = {column for other in vocabulary.fields.values() if other is not field for column in other.columns}
    for candidate in field.columns:
        if candidate in names and (candidate not in others or known(field, table.column(names[candidate])) >= 0.5):
            return names[candidate], candidate in others
    return None, False


def known(field: Field, cells: Sequence[str]) -> float:
    """Share of the different entries, missing ones aside, that the vocabulary has for a field."""
    readings = [field.read(cell) for cell in set(cells)]
    said = [reading for reading in readings if reading.how != "missing"]
    return sum(reading.resolved for reading in said) / len(said) if said else 0.0
