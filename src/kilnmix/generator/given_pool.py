"""A folder of images that are there already, with a table, in the place of drawing.

FOLDER/pool.csv    `id` or `image` names a file beside the table or in images/; a column a task names the class
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kilnmix.collection.pictures import picture as pictures
from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common.errors import UserError
from kilnmix.common.progress import bar
from kilnmix.config import GeneratorSettings
from kilnmix.generator import pool_writing as pool
from kilnmix.generator.order import Order, Request

_ENDINGS = ("", ".png", *sorted(pictures.SUFFIXES - {".png"}))


@dataclass(frozen=True)
class Given:
    """What the folder's table says: files, and the order that they would answer."""

    files: tuple[Path, ...]
    order: Order


def read(folder: Path, tasks: Sequence[Task]) -> Given:
    """The folder's table, checked against the collection's tasks.

    Raises:
        UserError: the table is missing, names no task, a class that is not known, or a file that is not there.
    """
    table, named = folder / "pool.csv", f"generator.pool = {str(folder)!r}"
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{named} has no pool.csv that can be read: {error}.") from error
    columns = set(rows[0]) if rows else set()
    key = next((name for name in ("image", "id") if name in columns), None)
    present = [task.name for task in tasks if task.name in columns]
    if key is None or not present:
        names = ", ".join(task.name for task in tasks)
        raise UserError(f"{named}: pool.csv needs rows, a column `image` or `id`, and a column of a task ({names}).")
    files, requests = [], []
    for number, row in enumerate(rows):
        files.append(_file(folder, row[key] or "", number + 2))
        requests.append(Request(number, tuple(_label(task, row.get(task.name) or "", number + 2) for task in tasks)))
    prompts = tuple(row.get("prompt") or "" for row in rows)
    unnamed = tuple(task.name for task in tasks if task.name not in present)
    return Given(tuple(files), Order(tuple(requests), prompts, unnamed))


def _file(folder: Path, name: str, line: int) -> Path:
    root = folder.resolve()
    for place in (folder, folder / "images"):
        for ending in _ENDINGS:
            path = place / f"{name}{ending}"
            if name and path.is_file() and root in path.resolve().parents:
                return path
    raise UserError(f"generator.pool: pool.csv, line {line}: there is no picture {name!r} in {folder}.")


def _label(task: Task, name: str, line: int) -> int:
    if not name.strip():
        return MISSING
    if name.strip() not in task.classes:
        raise UserError(
            f"generator.pool: pool.csv, line {line}: {name!r} is no class of {task.name} here; there are "
            f"{', '.join(task.classes)}."
        )
    return task.index(name.strip())


def take(given: Given, folder: Path, size: int, progress: Callable[[int], object]) -> None:
    """Copies the pictures into `folder` as PNG of `size` pixels a side, cut to a square, with the marks of a pool.

    Raises:
        UserError: a picture does not decode.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for request, path in zip(given.order.requests, given.files, strict=True):
        try:
            square = pictures.decode(path, size, "crop", min_side=1).square
        except pictures.PictureError as error:
            raise UserError(f"generator.pool: {path} is no picture that can be read: {error}.") from error
        made = {"taken_from": path.name, "prompt": given.order.prompts[request.number]}
        pool.write_image(folder / f"{pool.image_id(request)}.png", square, made)
        progress(1)


def take_folder(settings: GeneratorSettings, tasks: Sequence[Task], folder: Path, what: str) -> Order:
    """`read` and `take` of generator.pool, with a progress bar; returns the order that the images answer."""
    assert settings.pool is not None
    given = read(settings.pool, tasks)
    with bar(len(given.files), what, "image") as progress:
        take(given, folder, settings.size, progress.update)
    return given.order
