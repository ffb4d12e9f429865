"""A person's photographs into the data folder, checked before anything is changed.

The new folder is built beside the old one and then takes its place:

    images/       the pictures, copied byte for byte, in their folders
    labels.csv    the table in UTF-8 with this project's column names; every row and every further column is kept
    original/     the table as it was given
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kilnmix.collection import classes, labels, subfolders, versioning
from kilnmix.collection.account import account
from kilnmix.collection.prepared import Task, check_task_names
from kilnmix.collection.tables import columns, labelled, listing
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.folder import Folder, folded, numbered, outside, shared_parent
from kilnmix.collection.tables.listing import Listing
from kilnmix.collection.tables.table import Table
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common import csv_files, files
from kilnmix.common.errors import UserError
from kilnmix.common.progress import bar
from kilnmix.config import CollectionSettings


@dataclass(frozen=True)
class Source:
    """What a person names.

    Attributes:
        labels: the table; without one the folder has one subfolder a class, and the settings' one task is what the
            classes are of.
    """

    folder: Path
    labels: Path | None = None
    encoding: str | None = None
    sheet: str | None = None

    def command(self, tasks: Sequence[str] = ()) -> str:
        """The command that imports this, as a shell takes it."""
        words = ["kilnmix", "import", str(self.folder)]
        for option, value in (("--labels", self.labels), ("--encoding", self.encoding), ("--sheet", self.sheet)):
            words += [option, str(value)] if value is not None else []
        return shlex.join([*words, *(word for task in tasks for word in ("--task", task))])


@dataclass(frozen=True)
class Plan:
    """An import that was checked and is yet to be carried out.

    Attributes:
        listed: rows with their pictures.
        targets: picture of the folder -> its path in the data folder.
        account: what was understood, line by line.
    """

    source: Source
    settings: CollectionSettings
    table: Table
    found: Found
    listed: Listing
    folder: Folder
    targets: Mapping[str, str]
    account: str


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes:
        rows: of the table.
        matched: rows whose picture was found.
        pictures: copied, with or without a row.
        kept_old: where the former data folder was put, if DVC did not have all of it.
    """

    folder: Path
    rows: int
    matched: int
    pictures: int
    kept_old: Path | None
    tracked: bool

    @property
    def sentence(self) -> str:
        said = f"{self.pictures} pictures and {self.rows} rows are now in {self.folder}"
        if self.matched < self.rows:
            said += f"; {self.rows - self.matched} rows name no picture that is there (prepare lists them)"
        if self.kept_old:
            said += f"; what was in {self.folder} before is in {self.kept_old}"
        return said + (f"; {self.folder}.dvc tells DVC of them" if self.tracked else "")


def plan(source: Source, settings: CollectionSettings) -> Plan:
    """Checks everything; changes nothing.

    Raises:
        UserError: something is missing or not understood.
    """
    check_task_names(settings.tasks)
    _check_folder(source.folder, settings.folder)
    words = vocabulary.load(settings.vocabulary)
    folder = Folder(source.folder, links=False)
    if not folder.pictures:
        raise UserError(f"{source.folder} holds no pictures. Name the folder that the photographs are in.")
    if source.labels is None:
        given = subfolders.read(source.folder, folder, settings.tasks, source.command, _with_labels(source, folder))
        found = columns.find(given, settings.columns, settings.tasks, words)
    else:
        given, found = labelled.read(
            source.labels, settings.columns, settings.tasks, words, source.encoding, source.sheet
        )
    listed = _match(given, found, settings, folder, source, words)
    aligned = [row for row in listing.cells_only(given, found) if row.place not in given.misaligned]
    understood = labels.understand(aligned, settings.tasks, settings, words, found.shared)
    text = account(given, found, listed, folder, understood, settings)
    try:
        labels.refuse(understood.unresolved, settings, source.command(settings.tasks))
        _need_classes(classes.tasks_of(understood.readings, words), settings, found, source)
    except UserError as error:
        raise UserError(f"{error}\n\nWhat was understood of it; nothing was changed:\n{text}") from None
    return Plan(source, settings, given, found, listed, folder, _targets(folder, listed), text)


def carry_out(planned: Plan) -> Imported:
    """Puts the pictures and their table into the project's data folder and under DVC.

    Raises:
        UserError: DVC refuses.
    """
    target = planned.settings.folder
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent or Path()))
    try:
        draft.chmod(0o755)
        _copy(planned, draft)
        _write_table(planned, draft / planned.settings.labels)
        if planned.source.labels is not None:
            (draft / "original").mkdir()
            shutil.copyfile(planned.source.labels, draft / "original" / files.readable(planned.source.labels.name))
        kept_old = versioning.swap(draft, target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    tracked = versioning.in_repository()
    if tracked:
        versioning.track(target)
    matched = len({row.place for row in planned.listed.rows} | _repeated(planned))
    return Imported(target, len(planned.table), matched, len(planned.targets), kept_old, tracked)


def _need_classes(tasks: Sequence[Task], settings: CollectionSettings, found: Found, source: Source) -> None:
    """
    Raises:
        UserError: a task has no classes to tell apart; with the command that leaves it out.
    """
    try:
        named = settings if source.labels is None else settings.model_copy(update={"labels": source.labels.name})
        classes.need_classes(tasks, named, found.tasks)
    except UserError as error:
        left = [task.name for task in tasks if len(task.classes) > 1]
        if not left:
            raise
        raise UserError(f"{error} To leave out what cannot be learnt: `{source.command(left)}`.") from None


def _repeated(planned: Plan) -> set[int]:
    """Places of rows whose picture another row names as well."""
    lines = {item.line for item in planned.listed.rejected if item.reason == "listed-twice"}
    return {place for place, line in enumerate(planned.table.lines) if line in lines}


def _with_labels(source: Source, folder: Folder) -> list[str]:
    """The commands that take a table which lies among the pictures for the label table."""
    return [replace(source, labels=folder.path(name)).command() for name in subfolders.tables(folder)]


def _check_folder(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise UserError(f"There is no folder {source}. Name the folder that the photographs are in.")
    if target.resolve().is_relative_to(source.resolve()):
        raise UserError(f"{source} contains {target} itself. Name the folder that only the photographs are in.")


def _match(
    given: Table, found: Found, settings: CollectionSettings, folder: Folder, source: Source, words: Vocabulary
) -> Listing:
    """Rows with their pictures, by paths from the folder, else from the table's own folder, else by bare names."""
    column = columns.need_image(found, given, settings.columns)
    beside = source.labels.resolve().parent if source.labels is not None else folder.root.resolve()
    position = given.columns.index(column)
    common = _strange(shared_parent(given.column(column)), given.column(column), folder)
    rows = []
    for row in given.rows:
        cell = row[position].replace("\\", "/").removeprefix(common) if common else row[position]
        row = (*row[:position], cell, *row[position + 1 :])
        match = _elsewhere(cell, beside, folder) if cell and folder.match(cell) is None else None
        rows.append(row if match is None else (*row[:position], match, *row[position + 1 :]))
    listed = listing.gather(replace(given, rows=tuple(rows)), found, settings.columns, folder, words.missing)
    if not listed.rows:
        first = next((text for text in given.column(column) if text), "")
        raise UserError(
            f"No row of {given.path} names a picture in {folder.root}. The column {column!r} begins with {first!r}, "
            f"the folder with {folder.pictures[0]!r}. Name the folder that the column's paths start from."
        )
    return listed


def _strange(common: str, cells: Sequence[str], folder: Folder) -> str:
    """How much of the cells' common beginning is not of this folder: levels that it has stay, such as `x/` of
    `D:/photos/x/` where the folder holds `x/1.jpg`."""
    levels = common.split("/")[:-1]
    paths = [cell.replace("\\", "/") for cell in cells if cell]
    for count in range(len(levels)):
        beginning = "".join(f"{level}/" for level in levels[:count])
        if any(folder.match(path.removeprefix(beginning)) is not None for path in paths):
            return beginning
    return common


def _elsewhere(written: str, beside: Path, pictures: Folder) -> str | None:
    """A picture by its path from the table's folder, else by its bare name, unless the cell names a folder that there
    is: then another folder's picture of that name is not meant."""
    if outside(written) or "\x00" in written or len(written) > 1000:
        return None
    path = (beside / written.replace("\\", "/")).resolve()
    root = pictures.root.resolve()
    within = pictures.match(path.relative_to(root).as_posix()) if path.is_relative_to(root) else None
    if within is None and folded(path.parent.name) in pictures.folders and "/" in written.replace("\\", "/"):
        return None
    return within or pictures.match(path.name)


def _targets(folder: Folder, listed: Listing) -> dict[str, str]:
    """Where each picture will lie in the data folder: names that are different on every disk."""
    names = sorted({*folder.pictures, *(row.image for row in listed.rows)})
    stripped = [name if name.startswith("images/") else f"images/{name}" for name in names]
    whole = stripped if len(set(map(folded, stripped))) == len(names) else [f"images/{name}" for name in names]
    taken: set[str] = set()
    targets = {}
    for name, wanted in zip(names, whole, strict=True):
        targets[name] = next(free for free in numbered(wanted) if folded(free) not in taken)
        taken.add(folded(targets[name]))
    return targets


def _copy(planned: Plan, draft: Path) -> None:
    with bar(len(planned.targets), "copying", "picture") as progress:
        for name, inside in planned.targets.items():
            target = draft / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(planned.folder.path(name), target)
            progress.update()


def _write_table(planned: Plan, path: Path) -> None:
    """Every row of the table, once for each picture that it names; rows without one as they are."""
    given, found = planned.table, planned.found
    purposes = {"image": found.image, "object_id": found.object, "source": found.source, "checked": found.confidence}
    special = {
        column: name for name, column in (purposes | {"title": found.title, "caption": found.caption}).items() if column
    }
    special |= {column: f"{task}_sure" for task, column in found.sure.items()}
    special |= {column: task for task, column in found.tasks.items()}
    names_taken = set(special.values())
    header = [special.get(name) or (f"original {name}" if name in names_taken else name) for name in given.columns]
    image = given.columns.index(found.image or "")
    own: dict[int, list[tuple[str, str]]] = {row.place: [] for row in planned.listed.rows}
    for row in planned.listed.rows:
        own[row.place].append((planned.targets[row.image], row.object))
    place = {line: number for number, line in enumerate(given.lines)}
    for item in planned.listed.rejected:
        if item.reason == "listed-twice" and item.line in place:
            own.setdefault(place[item.line], []).append((planned.targets.get(item.image, item.image), ""))
    several = any(len(pictures) > 1 for pictures in own.values())
    if several and found.object is None:
        header.append("object_id")
    lines = []
    for number, cells in enumerate(given.rows):
        for inside, object_ in own.get(number, [(cells[image], "")]):
            line = [*cells[:image], inside, *cells[image + 1 :]]
            if several and found.object is None:
                line.append(object_)
            elif several and found.object is not None and not line[given.columns.index(found.object)]:
                line[given.columns.index(found.object)] = object_
            lines.append(line)
    csv_files.write(path, header, lines)
