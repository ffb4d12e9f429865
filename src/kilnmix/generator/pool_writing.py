"""A pool's images and table on their way to the disk; `pool` says what they look like there."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kilnmix.collection import soft_labels
from kilnmix.collection.pictures.sheet import contact_sheet, spread
from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common import csv_files, files
from kilnmix.generator import marks
from kilnmix.generator.order import Order, Request, image_seed

SHEET = "sheet.jpg"
_FROM = ("source", "weight")
# The last chunk of every PNG, with its check sum.
_END = b"IEND\xaeB`\x82"


def image_id(request: Request) -> str:
    return f"{request.number:06d}"


def is_whole(path: Path, size: int) -> bool:
    """Whether a file holds a PNG of `size` pixels a side to its last chunk."""
    try:
        if not path.read_bytes().endswith(_END):
            return False
        with Image.open(path) as image:
            image.load()
            return image.size == (size, size)
    except (OSError, ValueError, SyntaxError):
        return False


def write_image(path: Path, pixels: np.ndarray, made: Mapping[str, object]) -> None:
    """Saves a (S, S, 3) uint8 picture as PNG with marks that say that it is synthetic and how it was made."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=marks.png_info(path.stem, made))
    files.write(path, buffer.getvalue(), durable=True)


def sheet(images: Path) -> Image.Image | None:
    """A contact sheet of the pictures in a folder, as far as they are whole; None where there is none."""
    files = sorted(images.glob("*.png"))
    pictures = []
    for path in (files[place] for place in spread(len(files))):
        with contextlib.suppress(OSError, ValueError, SyntaxError), Image.open(path) as image:
            pictures.append(np.asarray(image.convert("RGB")))
    return contact_sheet(pictures) if pictures else None


@dataclass(frozen=True)
class Sources:
    """The training photographs, which requests' `source` points at.

    Attributes:
        ids: (n,) their names.
        labels: n tuples of T class indices, -1 where not known.
    """

    ids: Sequence[str] = ()
    labels: Sequence[Sequence[int]] = ()


def write(
    folder: Path, tasks: Sequence[Task], order: Order, drawn: Path, seed: int, sources: Sources | None = None
) -> None:
    """Puts the pool together from the images in the folder `drawn`."""
    (folder / "images").mkdir()
    for request in order.requests:
        name = f"{image_id(request)}.png"
        shutil.copyfile(drawn / name, folder / "images" / name)
    overview = sheet(folder / "images")
    if overview is not None:
        overview.save(folder / SHEET, quality=85)
    seeds = [image_seed(seed, request.number) for request in order.requests]
    write_table(folder, tasks, order.requests, order.prompts, seeds, sources)


def write_table(
    folder: Path,
    tasks: Sequence[Task],
    requests: Sequence[Request],
    prompts: Sequence[str],
    seeds: Sequence[int],
    sources: Sources | None = None,
) -> None:
    """Writes pool.csv."""
    known = sources or Sources()
    begun = any(request.source is not None for request in requests)
    soft = {task.name: [_soft(request, place, task, known) for request in requests] for place, task in enumerate(tasks)}
    soft = {name: cells for name, cells in soft.items() if any(cells)}
    with (folder / "pool.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv_files.writer(file)
        names = [*(task.name for task in tasks), *(_FROM if begun else ())]
        writer.writerow(["id", "seed", "prompt", *names, *(f"{name}{soft_labels.END}" for name in soft)])
        for row, (request, prompt, seed) in enumerate(zip(requests, prompts, seeds, strict=True)):
            cells = [
                "" if label == MISSING else task.classes[label]
                for task, label in zip(tasks, request.labels, strict=True)
            ]
            source = "" if request.source is None else known.ids[request.source]
            origin = (source, f"{request.weight:g}") if begun else ()
            shares = [column[row] for column in soft.values()]
            writer.writerow([image_id(request), seed, prompt, *cells, *origin, *shares])


def _soft(request: Request, place: int, task: Task, sources: Sources) -> str:
    if request.source is None or request.weight >= 1:
        return ""
    other = sources.labels[request.source][place]
    return soft_labels.cell(soft_labels.mixed(task, request.labels[place], other, request.weight))
