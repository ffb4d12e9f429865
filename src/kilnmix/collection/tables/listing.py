"""The label table and the folder of pictures, brought together: which photographs there are and what is said of them.

Nothing is decoded here. Every row of the table becomes a photograph or a rejection, and so does every picture that no
row names.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kilnmix.collection.pictures.picture import SUFFIXES
from kilnmix.collection.tables.columns import Found, need_image
from kilnmix.collection.tables.reader import Table
from kilnmix.config import Columns


@dataclass(frozen=True)
class Row:
    """One row of the table whose picture is there.

    Attributes:
        line: where a person finds it in the table.
        image: path relative to the folder, with forward slashes; also the photograph's id.
        cells: task -> what stands in its column, as written.
    """

    line: int
    image: str
    object: str
    source: str
    confidence: str
    title: str
    cells: Mapping[str, str]


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


class Folder:
    """The files under a folder, found by the ways in which tables write their names.

    Exact paths first; else the one file whose path, name, or name without suffix is equal but for case, Unicode form
    and slashes. Links that lead out of the folder are not its files unless `links` says that they may.
    """

    def __init__(self, root: Path, links: bool = True) -> None:
        self.root = root
        self.files = sorted(_walk(root, links))
        self.pictures = [name for name in self.files if PurePosixPath(name).suffix.lower() in SUFFIXES]
        self._exact = set(self.files)
        self._loose: dict[str, list[str]] = {}
        for name in self.files:
            path = PurePosixPath(name)
            picture = path.suffix.lower() in SUFFIXES
            for form in {name, path.name, *((str(path.with_suffix("")), path.stem) if picture else ())}:
                self._loose.setdefault(_folded(form), []).append(name)

    def match(self, written: str) -> str | None:
        """The file that a table's cell means; none if there is none or more than one."""
        path = written.replace("\\", "/")
        while path.startswith("./"):
            path = path[2:]
        if path in self._exact:
            return path
        candidates = self._loose.get(_folded(path), [])
        return candidates[0] if len(candidates) == 1 else None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _walk(root: Path, links: bool) -> Iterable[str]:
    real = os.path.realpath(root)
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in names:
            path = Path(folder) / name
            if name.startswith(".") or not path.is_file():
                continue
            if not links and path.is_symlink() and not os.path.realpath(path).startswith(real + os.sep):
                continue
            yield path.relative_to(root).as_posix()


def outside(written: str) -> bool:
    """Whether a path leaves the folder that it is relative to: absolute, a drive, an address, or climbing up."""
    path = written.replace("\\", "/")
    climbs = os.path.normpath(path).split("/")[0] == ".."
    return path.startswith(("/", "~")) or path[1:2] == ":" or "://" in path or climbs


def gather(table: Table, found: Found, columns: Columns, folder: Folder, unknown: Container[str] = ()) -> Listing:
    """Rows with their pictures, rejected rows, and pictures without a row.

    Args:
        unknown: lower-case entries (`-`, `未知`) that as an object or a source mean that it is not known.

    Raises:
        UserError: the table has no image column.
    """
    cells = {name: table.column(name) for name in table.columns}
    images = cells[need_image(found, table, columns)]
    listing = Listing()
    taken: dict[str, Row] = {}

    def cell(name: str | None, number: int) -> str:
        return cells[name][number] if name else ""

    def name_in(column: str | None, number: int) -> str:
        text = cell(column, number)
        return "" if text.casefold() in unknown else text

    for number, (line, written) in enumerate(zip(table.lines, images, strict=True)):
        reason = _refusal(written, number in table.overlong)
        image = folder.match(written) if not reason else None
        if not reason and image is None:
            reason = ("missing-file", "there is no such file in the folder, or more than one that could be meant")
        if reason or image is None:
            listing.rejected.append(Rejection(line, written, *reason))
            continue
        row = Row(
            line=line,
            image=image,
            object=name_in(found.object, number),
            source=name_in(found.source, number),
            confidence=cell(found.confidence, number),
            title=cell(found.title, number),
            cells={task: cells[name][number] for task, name in found.tasks.items()},
        )
        if image in taken:
            listing.rejected.append(_repeated(row, taken[image]))
            continue
        taken[image] = row
        listing.rows.append(row)
    named = set(taken) | {item.image for item in listing.rejected}
    listing.unlisted = [name for name in folder.pictures if name not in named]
    return listing


def cells_only(table: Table, found: Found) -> list[Row]:
    """All rows with what they say of the tasks, whether their pictures are there or not."""
    cells = {task: table.column(name) for task, name in found.tasks.items()}
    titles = table.column(found.title) if found.title else [""] * len(table)
    return [
        Row(line, "", "", "", "", titles[number], {task: column[number] for task, column in cells.items()})
        for number, line in enumerate(table.lines)
    ]


def _refusal(written: str, overlong: bool) -> tuple[str, str] | tuple[()]:
    if overlong:
        return "misaligned-row", "the row has more cells than the header has names"
    if not written:
        return "no-image", "the row names no picture"
    if "\x00" in written or len(written) > 1000:
        return "missing-file", "this is not a file name"
    if outside(written):
        return "outside", "the path leads out of the folder"
    return ()


def _repeated(row: Row, first: Row) -> Rejection:
    if row.cells == first.cells:
        return Rejection(row.line, row.image, "listed-twice", f"the same as line {first.line}")
    different = [task for task, text in row.cells.items() if text != first.cells[task]]
    detail = f"line {first.line} says otherwise on {', '.join(different)}; that line was kept"
    return Rejection(row.line, row.image, "listed-twice", detail)


def without_rows(listing: Listing) -> Sequence[Rejection]:
    """The pictures that no row names, as rejections."""
    return [Rejection(0, name, "no-row", "no row of the table names this picture") for name in listing.unlisted]
