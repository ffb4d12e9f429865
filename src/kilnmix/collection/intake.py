"""A person's photographs into the data folder, checked before anything is changed.

The new folder is built beside the old one and then takes its place:

    images/       the pictures, copied byte for byte, in their folders
    labels.csv    the table in UTF-8 with this project's column names; every row and every further column is kept
    original/     the table as it was given
"""

from __future__ import annotations

import csv
import datetime
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kilnmix.collection import labels, versioning
from kilnmix.collection.tables import columns, listing
from kilnmix.collection.tables import reader as table
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.listing import Folder
from kilnmix.collection.tables.reader import Table
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import CollectionSettings


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


def import_photographs(
    source: Path,
    labels_file: Path | None,
    settings: CollectionSettings,
    task: str | None = None,
    encoding: str | None = None,
) -> Imported:
    """Puts the pictures of a folder and their label table into the project's data folder and under DVC.

    Without a table the folder has one subfolder a class, and `task` names what the classes are of.

    Raises:
        UserError: something is missing or not understood; then nothing was changed.
    """
    _check_source(source, settings.folder)
    words = vocabulary.load(settings.vocabulary)
    pictures = Folder(source, links=False)
    if not pictures.pictures:
        raise UserError(f"{source} holds no pictures. Name the folder that the photographs are in.")
    if labels_file is None:
        tasks: tuple[str, ...] = (_one_task(task, settings),)
        given = from_tree(source, pictures, tasks[0])
    else:
        tasks = settings.tasks
        given = table.read(labels_file, encoding)
    found = columns.find(given, settings.columns, tasks, words)
    names = _match(given, found, settings, pictures, labels_file, words)
    _check_labels(given, found, settings, tasks, words)
    target = settings.folder
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent or Path()))
    try:
        draft.chmod(0o755)
        copied = _copy(source, pictures, set(names.values()), draft)
        _write_table(given, found, names, draft / settings.labels)
        if labels_file is not None:
            (draft / "original").mkdir()
            shutil.copyfile(labels_file, draft / "original" / labels_file.name)
        kept_old = _swap(draft, target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    tracked = versioning.in_repository()
    if tracked:
        versioning.track(target)
    return Imported(target, len(given), len(names), copied, kept_old, tracked)


def from_tree(source: Path, pictures: Folder, task: str) -> Table:
    """A table from a folder with one subfolder a class.

    Raises:
        UserError: the pictures do not lie in at least two subfolders.
    """
    rows = [(name, name.split("/")[0]) for name in pictures.pictures if "/" in name]
    if len({folder for _, folder in rows}) < 2:
        raise UserError(
            f"{source} has no subfolders with pictures, one a class. Sort them so, or give a table with --labels."
        )
    return Table(source, ("image", task), tuple(rows), tuple(range(1, len(rows) + 1)), "folders")


def _check_source(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise UserError(f"There is no folder {source}. Name the folder that the photographs are in.")
    if target.resolve().is_relative_to(source.resolve()):
        raise UserError(f"{source} contains {target} itself. Name the folder that only the photographs are in.")


def _one_task(task: str | None, settings: CollectionSettings) -> str:
    if task:
        return task
    if len(settings.tasks) == 1:
        return settings.tasks[0]
    raise UserError("Without --labels the subfolders are the classes of one task: name it with --task NAME.")


def _match(
    given: Table,
    found: Found,
    settings: CollectionSettings,
    pictures: Folder,
    labels_file: Path | None,
    words: Vocabulary,
) -> dict[int, str]:
    """Position of a row -> its picture, by paths relative to the folder, else relative to the table's own folder."""
    column = columns.need_image(found, given, settings.columns)
    gathered = listing.gather(given, found, settings.columns, pictures, words.missing)
    place = {line: number for number, line in enumerate(given.lines)}
    names = {place[row.line]: row.image for row in gathered.rows}
    twice = {place[item.line]: item.image for item in gathered.rejected if item.reason == "listed-twice"}
    names |= twice
    beside = labels_file.resolve().parent if labels_file is not None else pictures.root.resolve()
    for number, written in enumerate(given.column(column)):
        if number not in names and written and number not in given.overlong and not listing.outside(written):
            match = _elsewhere(written, beside, pictures)
            if match is not None:
                names[number] = match
    if not names:
        first = next((text for text in given.column(column) if text), "")
        raise UserError(
            f"No row of {given.path} names a picture in {pictures.root}. The column {column!r} begins with {first!r}, "
            f"the folder with {pictures.pictures[0]!r}. Name the folder that the column's paths start from."
        )
    return names


def _elsewhere(written: str, beside: Path, pictures: Folder) -> str | None:
    """A picture by its path from the table's folder, else by its bare name."""
    path = (beside / written.replace("\\", "/")).resolve()
    root = pictures.root.resolve()
    within = pictures.match(path.relative_to(root).as_posix()) if path.is_relative_to(root) else None
    return within or pictures.match(path.name)


def _check_labels(
    given: Table, found: Found, settings: CollectionSettings, tasks: Sequence[str], words: Vocabulary
) -> None:
    rows = listing.cells_only(given, found)
    readings, unknown = labels.understand(rows, tasks, settings, words, found.shared)
    labels.refuse(unknown, settings)
    labels.need_classes(labels.tasks_of(readings, words), settings, found.tasks)


def _copy(source: Path, pictures: Folder, named: set[str], draft: Path) -> int:
    """Copies pictures, and other files that rows name; returns how many."""
    from tqdm import tqdm

    names = sorted({*pictures.pictures, *named})
    for name in tqdm(names, desc="copying", unit="picture", disable=None):
        target = draft / inside(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)
    return len(names)


def inside(name: str) -> str:
    """Where a picture of the imported folder lies in the data folder."""
    return name if name.startswith("images/") else f"images/{name}"


def _write_table(given: Table, found: Found, names: Mapping[int, str], path: Path) -> None:
    purposes = ("image", "object_id", "source", "checked", "title")
    used = (found.image, found.object, found.source, found.confidence, found.title)
    special = {column: name for column, name in zip(used, purposes, strict=True) if column}
    special |= {column: task for task, column in found.tasks.items()}
    names_taken = set(special.values())
    header = [special.get(name) or (f"original {name}" if name in names_taken else name) for name in given.columns]
    image = given.columns.index(found.image or "")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for number, row in enumerate(given.rows):
            cells = list(row)
            if number in names:
                cells[image] = inside(names[number])
            writer.writerow(cells)


def _swap(draft: Path, target: Path) -> Path | None:
    """`draft` becomes `target`; what was there is removed if DVC has it, else kept under another name."""
    if not target.exists():
        draft.replace(target)
        return None
    empty = target.is_dir() and not any(target.iterdir())
    safe = empty or versioning.holds(target)
    stamp = datetime.datetime.now(tz=datetime.UTC).astimezone().strftime("%Y-%m-%d-%H%M%S")
    old = target.with_name(f"{target.name}-before-{stamp}")
    target.replace(old)
    try:
        draft.replace(target)
    except BaseException:
        old.replace(target)
        raise
    if safe:
        shutil.rmtree(old, ignore_errors=True)
        return None
    return old
