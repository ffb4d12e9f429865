"""The label table and the folder of pictures, brought together: which photographs there are and what is said of them.

Nothing is decoded here. Every row of the table becomes photographs or a rejection, and so does every picture that no
row names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from kilnmix.collection.pictures.picture import SUFFIXES
from kilnmix.collection.tables.columns import Found, need_image
from kilnmix.collection.tables.folder import Folder, named, outside
from kilnmix.collection.tables.table import Table
from kilnmix.config import Columns

_SEVERAL = re.compile(
    r"\s*[;；,，、|\n]\s*|(?:(?<=\.\w\w)|(?<=\.\w\w\w)|(?<=\.\w\w\w\w))[ \t]+(?=\S+\.\w{2,4}(?:\s|$))"
)
"""Between file names in one cell."""
_HARD = re.compile(r"[;；|\n]")
"""Of those, the ones that hardly stand in a file name."""


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
    """A row or a picture that is left out: `line` 0 for a picture without a row.

    Attributes:
        written: what the row calls the picture, where a later row names it exactly.
    """

    line: int
    image: str
    reason: str
    detail: str
    written: str = ""


@dataclass
class Listing:
    """Everything that table and folder hold."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    """Pictures in the folder that no row names."""


def _nothing(text: str) -> bool:
    return False


def _as_it_is(name: str) -> str:
    return name


def gather(
    table: Table,
    found: Found,
    columns: Columns,
    folder: Folder,
    unknown: Callable[[str], bool] = _nothing,
    path: Callable[[str], str] = _as_it_is,
) -> Listing:
    """Rows with their pictures, rejected rows, and pictures without a row.

    A cell that names several files makes a photograph of each, all of one object. A row that names a picture exactly
    has it, whichever rows before it may mean it too.

    Args:
        unknown: whether an entry (`-`, `未知`) as an object or a source means that it is not known.
        path: a name as the table writes it -> a path of the folder.

    Raises:
        UserError: the table has no image column.
    """
    images = table.column(need_image(found, table, columns))
    listing = Listing()
    named_by = [
        (row, *_files(written, table.misaligned.get(row.place), folder, path))
        for row, written in zip(_rows(table, found, unknown), images, strict=True)
    ]
    exact: dict[str, Row] = {}
    for row, names, _ in named_by:
        for image, part in names.items():
            if folder.is_path(path(named(part))):
                exact.setdefault(image, row)
    taken: dict[str, Row] = {}
    for row, names, rejected in named_by:
        listing.rejected += [Rejection(row.line, name, *reason) for name, reason in rejected]
        several = len(names) + len(rejected) > 1 and not row.object
        for image, part in names.items():
            of_image = replace(row, image=image, object=f"line {row.line}" if several else row.object)
            keeper = taken.get(image) or exact.get(image, row)
            if keeper.place != row.place:
                listing.rejected.append(_repeated(of_image, keeper, part if keeper.place > row.place else ""))
                continue
            taken[image] = of_image
            listing.rows.append(of_image)
    named_ = set(taken) | {item.image for item in listing.rejected}
    listing.unlisted = [name for name in folder.pictures if name not in named_]
    return listing


def _rows(table: Table, found: Found, unknown: Callable[[str], bool]) -> list[Row]:
    """Every row of the table, without a picture."""
    cells = {name: table.column(name) for name in table.columns}

    def cell(name: str | None, number: int) -> str:
        return cells[name][number] if name else ""

    def name_in(column: str | None, number: int) -> str:
        text = cell(column, number)
        return "" if unknown(text) else text

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
    return _rows(table, found, _nothing)


Reason = tuple[str, str]


def parts(written: str) -> list[str]:
    """The names that a cell lists; the cell itself where it may be one name: `bowl, blue.jpg` has one suffix only."""
    found = [part for part in _SEVERAL.split(written) if part]
    suffixed = sum(map(_has_suffix, found))
    listed = suffixed in (0, len(found)) or _HARD.search(written)
    return found if len(found) > 1 and listed else [written]


def _has_suffix(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _files(
    written: str, misaligned: str | None, folder: Folder, path: Callable[[str], str]
) -> tuple[dict[str, str], list[tuple[str, Reason]]]:
    """The files that a cell names, each with what names it; and each name that is none, with the reason.

    A cell is taken apart only where every part names a file, or has a picture's suffix and one of them names a file.
    """
    if misaligned is not None:
        return {}, [(written, ("misaligned-row", misaligned))]
    whole = _file(written, folder, path)
    if isinstance(whole, str):
        return {whole: written}, []
    each = [(part, _file(part, folder, path)) for part in dict.fromkeys(parts(written))]
    names = {name: part for part, name in reversed(each) if isinstance(name, str)}
    rejected = [(part, reason) for part, reason in each if not isinstance(reason, str)]
    if not names or (rejected and not all(_has_suffix(part) for part, _ in each)):
        return {}, [(written, whole)]
    return dict(reversed(names.items())), rejected


def _file(written: str, folder: Folder, path: Callable[[str], str]) -> str | Reason:
    """The file that a name means, or why it means none."""
    if not written:
        return "no-image", "the row names no picture"
    if "\x00" in written or len(written) > 1000:
        return "missing-file", "this is not a file name"
    name = path(named(written))
    if outside(name):
        return "outside", "the path leads out of the folder"
    candidates = folder.candidates(name)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        return "several-files", f"more than one file could be meant: {', '.join(candidates[:3])}"
    return "missing-file", "there is no such file in the folder"


def _repeated(row: Row, kept: Row, written: str) -> Rejection:
    if row.cells == kept.cells:
        detail = f"the same as line {kept.line}"
    else:
        different = [task for task, text in row.cells.items() if text != kept.cells[task]]
        detail = f"line {kept.line} says otherwise on {', '.join(different)}; that line was kept"
    return Rejection(row.line, row.image, "listed-twice", detail, written)


def without_rows(listing: Listing) -> Sequence[Rejection]:
    """The pictures that no row names, as rejections."""
    return [Rejection(0, name, "no-row", "no row of the table names this picture") for name in listing.unlisted]
