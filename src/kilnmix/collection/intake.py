"""A person's photographs into the data folder, checked before anything is changed.

The new folder is built beside the old one and then takes its place:

    images/       the pictures, copied byte for byte, in their folders
    labels.csv    the table in UTF-8 with the settings' column names; every row and every further column is kept
    original/     the table as it was given
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kilnmix.collection import classes, labels, oddities, rewriting, subfolders, versioning
from kilnmix.collection.account import account
from kilnmix.collection.elsewhere import Elsewhere
from kilnmix.collection.labels import Unresolved
from kilnmix.collection.prepared import Task, check_task_names
from kilnmix.collection.tables import columns, labelled, listing
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.folder import Folder, folded, need_folder, numbered
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
        tasks: as they were told, NAME or NAME=HEADING; unresolved: what was told of unknown terms.
    """

    folder: Path
    labels: Path | None = None
    encoding: str | None = None
    sheet: str | None = None
    tasks: tuple[str, ...] = ()
    unresolved: str | None = None

    def command(self, tasks: Sequence[str] = ()) -> str:
        """The command that imports this, as a shell takes it.

        Args:
            tasks: names of those to learn; none: as they were told.
        """
        words = ["kilnmix", "import", str(self.folder)]
        for option, value in (("--labels", self.labels), ("--encoding", self.encoding), ("--sheet", self.sheet)):
            words += [option, str(value)] if value is not None else []
        told = {task.split("=", 1)[0]: task for task in self.tasks}
        words += [word for task in tasks or told for word in ("--task", told.get(task, task))]
        return shlex.join([*words, *(("--unresolved", self.unresolved) if self.unresolved else ())])

    def within(self, name: str) -> str:
        """The command that imports a subfolder alone."""
        return replace(self, folder=self.folder / name).command()


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
            number = self.rows - self.matched
            named = "row names" if number == 1 else "rows name"
            said += f"; {number} {named} no picture that is there (prepare lists them)"
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
        given = subfolders.read(
            source.folder, folder, settings.tasks, source.command, _with_labels(source, folder), source.within
        )
        found = columns.find(given, settings.columns, settings.tasks, words)
    else:
        given, found = labelled.read(
            source.labels, settings.columns, settings.tasks, words, source.encoding, source.sheet
        )
    listed, ways = _match(given, found, settings, folder, source, words)
    pictured = {row.place for row in listed.rows}
    rows = [row for row in listing.cells_only(given, found) if row.place in pictured]
    understood = labels.understand(rows, settings.tasks, settings, words, found.shared)
    odd = oddities.sentences(listed, rows, understood, found, words)
    own = [task for task in settings.tasks if words.field(task).kind == "open"]
    text = account(given, found, listed, folder, understood, settings, [*ways.sentences(), *odd], own)
    tasks = classes.tasks_of(understood.readings, words)
    try:
        _need_terms(understood.unresolved, tasks, settings, found, source)
        _need_classes(tasks, settings, found, source)
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
        columns_ = planned.settings.columns
        table = rewriting.rewritten(planned.table, planned.found, columns_, planned.listed, planned.targets)
        csv_files.write(draft / planned.settings.labels, *table)
        if planned.source.labels is not None:
            (draft / "original").mkdir()
            shutil.copyfile(planned.source.labels, draft / "original" / files.readable(planned.source.labels.name))
        tracked = versioning.in_repository()
        kept_old = versioning.swap(draft, target, *([versioning.track] if tracked else []))
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    matched = len({row.place for row in planned.listed.rows} | _repeated(planned))
    return Imported(target, len(planned.table), matched, len(planned.targets), kept_old, tracked)


def _need_terms(
    missing: Sequence[Unresolved], tasks: Sequence[Task], settings: CollectionSettings, found: Found, source: Source
) -> None:
    """
    Raises:
        UserError: there are entries that the vocabulary lacks; tasks without a column are told of as well, and the
            commands leave them out.
    """
    bare = [task for task in tasks if task.name not in found.tasks]
    named = [task for task in settings.tasks if task in found.tasks] or settings.tasks
    try:
        labels.refuse(missing, settings, source.command(named))
    except UserError as error:
        # What tasks with a column lack may be what is not known.
        faults = classes.lacking(bare, _by_name(settings, source), found.tasks)
        if not faults:
            raise
        more = "; the commands above leave it out." if len(faults) == 1 else "; the commands above leave them out."
        raise UserError("\n".join([str(error), *faults]).removesuffix(".") + more) from None


def _by_name(settings: CollectionSettings, source: Source) -> CollectionSettings:
    """The settings, with the name of the table that a person gave."""
    return settings if source.labels is None else settings.model_copy(update={"labels": source.labels.name})


def _need_classes(tasks: Sequence[Task], settings: CollectionSettings, found: Found, source: Source) -> None:
    """
    Raises:
        UserError: a task has no classes to tell apart; with the command that leaves it out.
    """
    try:
        classes.need_classes(tasks, _by_name(settings, source), found.tasks)
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
    need_folder(source)
    if target.resolve().is_relative_to(source.resolve()):
        raise UserError(f"{source} contains {target} itself. Name the folder that only the photographs are in.")


def _match(
    given: Table, found: Found, settings: CollectionSettings, folder: Folder, source: Source, words: Vocabulary
) -> tuple[Listing, Elsewhere]:
    """Rows with their pictures, and how these were found."""
    column = columns.need_image(found, given, settings.columns)
    cells = given.column(column)
    beside = source.labels.resolve().parent if source.labels is not None else folder.root.resolve()
    ways = Elsewhere(cells, beside, folder)
    listed = listing.gather(given, found, settings.columns, folder, words.says_nothing, ways.path)
    if not listed.rows:
        first = next((text for text in cells if text), "")
        raise UserError(
            f"No row of {given.path} names a picture in {folder.root}. The column {column!r} begins with {first!r}, "
            f"the folder with {folder.pictures[0]!r}. Name the folder that the column's paths start from."
        )
    return listed, ways


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
