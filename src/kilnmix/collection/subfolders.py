"""Pictures without a table: one subfolder a class."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from kilnmix.collection.tables.folder import Folder
from kilnmix.collection.tables.table import Table
from kilnmix.common.errors import UserError

SUFFIXES = frozenset(f".{suffix}" for suffix in ("csv", "tsv", "xlsx", "xlsm", "ods"))
"""Of files that may be a label table."""


_PARTS = frozenset(["train", "training", "test", "testing", "val", "valid", "validation", "eval", "dev", "holdout"])
"""Names of folders that hold the parts of a split."""


def tables(folder: Folder) -> list[str]:
    """Files of a folder that may be its label table, those at its top first."""
    found = [name for name in folder.files if PurePosixPath(name).suffix.lower() in SUFFIXES]
    return sorted(found, key=lambda name: (name.count("/"), name))


def read(
    source: Path,
    pictures: Folder,
    tasks: Sequence[str],
    again: Callable[[Sequence[str]], str],
    with_table: Sequence[str],
    within: Callable[[str], str],
) -> Table:
    """A table from a folder with one subfolder a class.

    Args:
        tasks: of the settings; the one that the classes are of.
        again: tasks -> the command that imports this folder.
        with_table: commands that take a table among the pictures for the label table.
        within: a subfolder -> the command that imports it alone.

    Raises:
        UserError: the settings have several tasks, or the pictures do not lie in at least two subfolders.
    """
    unread = f"{source} has a table among its pictures. To read it: `{with_table[0]}`." if with_table else ""
    if len(tasks) != 1:
        raise UserError(
            f"{unread}{' ' if unread else ''}Without --labels the subfolders are the classes of one task: name it, as "
            f"in `{again(('type',))}`."
        )
    rows = [(name, name.split("/")[0]) for name in pictures.pictures if "/" in name]
    if len({folder for _, folder in rows}) < 2:
        between = _between([name for name, _ in rows])
        if between and not unread:
            raise UserError(
                f"{source} has no subfolders with pictures, one a class, but {between} has: `{within(between)}`."
            )
        raise UserError(
            f"{source} has no subfolders with pictures, one a class. {unread or 'Sort them so, or give a table with '}"
            f"{'' if unread else '--labels.'}"
        )
    _refuse_parts(source, [name for name, _ in rows], within)
    lines = tuple(range(1, len(rows) + 1))
    return Table(source, ("image", tasks[0]), tuple(rows), lines, "folders", {}, notes=(unread,) if unread else ())


def _between(names: Sequence[str]) -> str:
    """The folder inside which pictures lie in several subfolders; none where there is no such folder."""
    folders = [PurePosixPath(name).parent.as_posix() for name in names]
    common = posixpath.commonpath(folders) if folders else ""
    return common if common and any(folder != common for folder in folders) else ""


def _refuse_parts(source: Path, names: Iterable[str], within: Callable[[str], str]) -> None:
    """
    Raises:
        UserError: the subfolders are the parts of a split, with the classes in each of them.
    """
    below: dict[str, set[str]] = {}
    for name in names:
        levels = name.split("/")
        below.setdefault(levels[0], set()).update(levels[1:-1][:1])
    if not all(folder.casefold() in _PARTS for folder in below):
        return
    first = next((f" Or take one of them: `{within(name)}`." for name, inside in below.items() if len(inside) > 1), "")
    raise UserError(
        f"The subfolders of {source} are {', '.join(below)}: the parts of a split, and no classes. The photographs are "
        f"divided anew in any case; move the folders of each class in all of them into one.{first}"
    )
