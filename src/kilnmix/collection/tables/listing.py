"""The label table and the folder of pictures, brought together: which photographs there are and what is said of them.

Nothing is decoded here. Every row of the table becomes photographs or a rejection, and so does every picture that no
row names.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kilnmix.collection.tables.columns import Found, need_image
from kilnmix.collection.tables.folder import Folder, named, outside
from kilnmix.collection.tables.table import Table
from kilnmix.config import Columns

_SEVERAL = re.compile(r"\s*[;；,，、|\n]\s*|\s+(?=\S+\.\w{2,4}(?:\s|$))")
"""Between file names in one cell."""


@dataclass(frozen=True)
class Row:
    """One photograph that the table names and the folder holds.

    Attributes:
        line: where a person finds it in the table.
        image: path relative to the folder, with forward slashes; also the photograph's id.
        cells: task -> what stands in its column, as written.
        sure: task -> what the table's column TASK_sure says of it.
        place: of its row in the table.
    """

    line: int
    image: str
    object: str
    source: str
    confidence: str
    title: str
    cells: Mapping[str, str]
    sure: Mapping[str, str] = field(default_factory=dict)
    place: int = 0
    caption: str = ""


@dataclass(frozen=True)
class Rejection:
    """A row or a picture that is left out: `line` 0 for a picture without a row."""

    line: int
    image: str
    reason: str
    detail: str


@dataclass
class Listing:
    """Everything that table and folder hold."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    """Pictures in the folder that no row names."""


def gather(table: Table, found: Found, columns: Columns, folder: Folder, unknown: Container[str] = ()) -> Listing:
    """Rows with their pictures, rejected rows, and pictures without a row.

    A cell that names several files makes a photograph of each, all of one object.

    Args:
        unknown: lower-case entries (`-`, `未知`) that as an object or a source mean that it is not known.

    Raises:
        UserError: the table has no image column.
    """
    images = table.column(need_image(found, table, columns))
    listing = Listing()
    taken: dict[str, Row] = {}
    for row, written in zip(_rows(table, found, unknown), images, strict=True):
        names, rejected = _files(written, table.misaligned.get(row.place), folder)
        listing.rejected += [Rejection(row.line, name, *reason) for name, reason in rejected]
        if len(names) + len(rejected) > 1 and not row.object:
            row = replace(row, object=f"line {row.line}")
        for image in names:
            of_image = replace(row, image=image)
            if image in taken:
                listing.rejected.append(_repeated(of_image, taken[image]))
                continue
            taken[image] = of_image
            listing.rows.append(of_image)
    named_ = set(taken) | {item.image for item in listing.rejected}
    listing.unlisted = [name for name in folder.pictures if name not in named_]
    return listing


def _rows(table: Table, found: Found, unknown: Container[str]) -> list[Row]:
    """Every row of the table, without a picture."""
    cells = {name: table.column(name) for name in table.columns}

    def cell(name: str | None, number: int) -> str:
        return cells[name][number] if name else ""

    def name_in(column: str | None, number: int) -> str:
        text = cell(column, number)
        return "" if text.casefold() in unknown else text

    return [
        Row(
            line=line,
            image="",
            object=name_in(found.object, number),
            source=name_in(found.source, number),
            confidence=cell(found.confidence, number),
            title=cell(found.title, number),
            cells={task: cells[name][number] for task, name in found.tasks.items()},
            sure={task: cells[name][number] for task, name in found.sure.items()},
            place=number,
            caption=" ".join(cell(found.caption, number).split()),
        )
        for number, line in enumerate(table.lines)
    ]


def cells_only(table: Table, found: Found) -> list[Row]:
    """All rows with what they say of the tasks, whether their pictures are there or not."""
    return _rows(table, found, ())


Reason = tuple[str, str]


def _files(written: str, misaligned: str | None, folder: Folder) -> tuple[list[str], list[tuple[str, Reason]]]:
    """The files that a cell names; and each name that is none, with the reason."""
    if misaligned is not None:
        return [], [(written, ("misaligned-row", misaligned))]
    whole = _file(written, folder)
    if isinstance(whole, str):
        return [whole], []
    parts = [part for part in _SEVERAL.split(written) if part]
    if len(parts) < 2:
        return [], [(written, whole)]
    each = [(part, _file(part, folder)) for part in dict.fromkeys(parts)]
    names = list(dict.fromkeys(name for _, name in each if isinstance(name, str)))
    if not names:
        return [], [(written, whole)]
    return names, [(part, reason) for part, reason in each if not isinstance(reason, str)]


def _file(written: str, folder: Folder) -> str | Reason:
    """The file that a name means, or why it means none."""
    if not written:
        return "no-image", "the row names no picture"
    if "\x00" in written or len(written) > 1000:
        return "missing-file", "this is not a file name"
    name = named(written)
    if outside(name):
        return "outside", "the path leads out of the folder"
    candidates = folder.candidates(name)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        return "several-files", f"more than one file could be meant: {', '.join(candidates[:3])}"
    return "missing-file", "there is no such file in the folder"


def _repeated(row: Row, first: Row) -> Rejection:
    if row.cells == first.cells:
        return Rejection(row.line, row.image, "listed-twice", f"the same as line {first.line}")
    different = [task for task, text in row.cells.items() if text != first.cells[task]]
    detail = f"line {first.line} says otherwise on {', '.join(different)}; that line was kept"
    return Rejection(row.line, row.image, "listed-twice", detail)


def without_rows(listing: Listing) -> Sequence[Rejection]:
    """The pictures that no row names, as rejections."""
    return [Rejection(0, name, "no-row", "no row of the table names this picture") for name in listing.unlisted]
