"""A label table with its columns told apart: the one way in for import, prepare, resolve and retrieve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.collection.tables import columns, reader
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.table import Table
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.config import Columns


def read(
    path: Path,
    wanted: Columns,
    tasks: Sequence[str],
    words: Vocabulary,
    encoding: str | None = None,
    sheet: str | None = None,
) -> tuple[Table, Found]:
    """The table in a file, and which of its columns says what.

    Raises:
        UserError: it cannot be read, or lacks a column that the settings name.
    """
    given = reader.read(path, encoding, sheet, columns.known_headings(wanted, tasks, words))
    return given, columns.find(given, wanted, tasks, words)
