"""What an import understood, in a few lines for the person. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence, Sized
from pathlib import PurePosixPath

from kilnmix.collection.labels import Understood
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.folder import Folder, readable
from kilnmix.collection.tables.listing import Listing
from kilnmix.collection.tables.table import Table, listed
from kilnmix.collection.vocabulary.field import Reading
from kilnmix.config import CollectionSettings

_SHOWN = 3
_CLASSES = 10
"""Classes of the person's own that are named."""


# Eight parameters: every step of `plan` adds one of them to the account.
def account(
    table: Table,
    found: Found,
    listing: Listing,
    folder: Folder,
    understood: Understood,
    settings: CollectionSettings,
    odd: Sequence[str] = (),
    own: Container[str] = (),
) -> str:
    """Where the rows come from, which column serves what, what each says, objects and views, and what is left out.

    Args:
        odd: what looks wrong. own: tasks whose classes are the table's own terms.
    """
    uses = found.uses()
    lines = [_origin(table)]
    lines += [f"  note: {note}" for note in (*table.notes, *found.notes, *folder.passed.sentences(), *odd)]
    lines.append(_line("image", uses.get("image"), f"{len({r.place for r in listing.rows})} of {len(table)} rows"))
    lines.append(_line("object", uses.get("object"), _objects(listing, found, table)))
    lines += [_line(task, uses.get(task), _task(task, found, understood, settings, own)) for task in settings.tasks]
    lines += [
        _line(purpose, column, "")
        for purpose, column in uses.items()
        if purpose not in ("image", "object", *settings.tasks)
    ]
    over = [name for name in table.columns if name not in uses.values()]
    if over:
        lines.append(f"  columns not used (kept in the table): {listed(over)}")
    lines += _left_out(listing)
    if listing.unlisted:
        names = ", ".join(listing.unlisted[:_SHOWN])
        lines.append(f"  pictures that no row names: {len(listing.unlisted)} ({names}{_more(listing.unlisted)})")
    return "\n".join([*lines, *_other_files(listing, folder, table)])


def _origin(table: Table) -> str:
    sheet = f", sheet {table.sheet!r}" if table.sheet else ""
    header = f", header in line {table.header}" if table.header and table.encoding != "folders" else ""
    return f"{len(table)} rows of {table.path} ({table.encoding}{sheet}{header})"


def _line(purpose: str, column: str | None, said: str) -> str:
    return f"  {purpose:<10} {'no column' if column is None else repr(column)}{': ' + said if said else ''}"


def _objects(listing: Listing, found: Found, table: Table) -> str:
    named = {(row.source, row.object) for row in listing.rows if row.object}
    alone = sum(not row.object for row in listing.rows)
    objects = len(named) + alone
    said = f"{objects} objects, {len(listing.rows)} photographs"
    if found.object is None and not named:
        way = (
            "A table with a column of object numbers (--labels) says it"
            if table.encoding == "folders"
            else "Name the column with `kilnmix compose collection.columns.object=HEADING`, then import again"
        )
        return (
            f"{said}; nothing says which photographs show one object, so each counts as an object of its own unless it "
            f"is nearly the same picture as another. {way}"
        )
    if alone:
        said += f"; {alone} without an object number count as objects of their own"
    return said


def _task(task: str, found: Found, understood: Understood, settings: CollectionSettings, own: Container[str]) -> str:
    readings = understood.readings[task]
    silent = sum(reading.how == "missing" for reading in readings)
    doubtful = int((understood.sure[task] == 0).sum())
    resolved = sum(reading.resolved for reading in readings)
    parts = [f"{resolved} rows in {len({r.id for r in readings if r.resolved})} classes{_named(task, readings, own)}"]
    from_title = sum(reading.how == "title" for reading in readings)
    if from_title:
        parts.append(f"{from_title} of them from {found.title!r}")
    if doubtful:
        some = [entry.text for entry in understood.doubtful if entry.task == task]
        kept = "kept as not sure" if settings.doubtful == "keep" else "left open"
        parts.append(f"{doubtful} doubtful, {kept} ({', '.join(map(repr, some[:_SHOWN]))}{_more(some)})")
    left = [entry for entry in understood.unresolved if entry.task == task]
    if left:
        count = sum(entry.count for entry in left)
        some = [repr(entry.text) for entry in left]
        parts.append(f"{count} not resolved ({', '.join(some[:_SHOWN])}{_more(some)})")
    if silent:
        parts.append(f"{silent} say nothing")
    return ", ".join(parts)


def _named(task: str, readings: Sequence[Reading], own: Container[str]) -> str:
    """The classes that no vocabulary names."""
    ids = sorted({found.id for found in readings if found.resolved and (task in own or found.how == "new")})
    return f" ({'' if task in own else 'new: '}{listed(ids, _CLASSES)})" if ids else ""


def _left_out(listing: Listing) -> list[str]:
    counted = Counter(item.reason for item in listing.rejected)
    lines = []
    for reason, count in counted.most_common():
        first = next(item for item in listing.rejected if item.reason == reason)
        shown = f"line {first.line}: {first.image!r}, {first.detail}"
        lines.append(f"  left out: {count} {reason} ({shown}{_more(range(count), 1)})")
    return lines


def _other_files(listing: Listing, folder: Folder, table: Table) -> list[str]:
    """What no row names and what is no picture by its suffix: raw files of cameras, names without a suffix."""
    taken = {*folder.pictures, *(row.image for row in listing.rows), *(item.image for item in listing.rejected)}
    own = table.path.resolve()
    others = [name for name in folder.files if name not in taken and folder.path(name).resolve() != own]
    if not others:
        return []
    suffixes = Counter(PurePosixPath(name).suffix.lower() or "no suffix" for name in others)
    kinds = listed(f"{suffix} {count}" for suffix, count in suffixes.most_common())
    first = readable(others[0])
    return [f"  other files, not taken for pictures by their names: {len(others)} ({kinds}; the first is {first})"]


def _more(names: Sized, most: int = _SHOWN) -> str:
    rest = len(names) - most
    return f" and {rest} more" if rest > 0 else ""
