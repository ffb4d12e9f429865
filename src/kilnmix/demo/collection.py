"""The rendered collection as a folder: photographs, a label table, and the disorder of a real one."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from kilnmix.common import csv_files, seeds
from kilnmix.demo import domain
from kilnmix.demo.domain import MANY, TASKS, Labels, Tables
from kilnmix.demo.few import FEW
from kilnmix.demo.render import photograph

OBJECTS = 960
"""352 to train and choose on (about 500 photographs), 608 to test on: a test share of 0.633."""
SIZE = 128
MISSING = 0.1
VIEWS = ((1, 2 / 3), (2, 1 / 4), (3, 1 / 12))
EXACT, NEAR = 6, 8
QUALITY = 88


@dataclass(frozen=True)
class Edition:
    """A rendered collection: what there is in it, and how much of it.

    Attributes:
        size: of a photograph, in pixels; quality: of its JPEG; views: (photographs of an object, share of objects).
    """

    tables: Tables
    objects: int
    size: int
    quality: int
    views: tuple[tuple[int, float], ...]


EMBEDDED = Edition(MANY, OBJECTS, SIZE, QUALITY, VIEWS)
"""What data.dvc holds."""
FEW_PHOTOGRAPHS = Edition(FEW, 1200, 96, 85, ((1, 0.7), (2, 0.22), (3, 0.08)))
"""With `collection=few`: about 103 objects to train on (140 photographs), 186 to choose on, 911 to test on."""


@dataclass(frozen=True)
class Row:
    """One line of the label table."""

    image: str
    object_id: str
    labels: dict[str, str]


def shot(
    labels: Labels,
    seed: int,
    purpose: str,
    number: object,
    view: int = 0,
    size: int = SIZE,
    tables: Tables = MANY,
) -> np.ndarray:
    """Photograph `view` of object `number`: uint8 (size, size, 3), a pure function of its arguments."""
    piece = domain.piece_of(labels, seed, purpose, number, tables=tables)
    return photograph(piece, domain.view_for(labels, seed, purpose, number, view, tables=tables), size)


def oracle(labels: Sequence[Labels], seed: int, size: int = 64, purpose: str = "demo/oracle") -> Iterator[np.ndarray]:
    """Fresh objects, one for each of `labels`; the same (seed, place in the list) gives the same pixels."""
    for number, one in enumerate(labels):
        yield shot(one, seed, purpose, number, size=size)


def wrong_label(labels: Sequence[Labels], seed: int, size: int = 64) -> Iterator[np.ndarray]:
    """Fresh objects that show none of what `labels` say: each differs from its labels in all four tasks."""
    for number, said in enumerate(labels):
        rng = seeds.rng(seed, "demo/wrong-label/labels", number)
        shown = domain.draw_labels(rng, 1)[0]
        while any(getattr(shown, task) == getattr(said, task) for task in TASKS):
            shown = domain.draw_labels(rng, 1)[0]
        yield shot(shown, seed, "demo/wrong-label", number, size=size)


def render_collection(
    folder: Path,
    seed: int = 0,
    objects: int | None = None,
    size: int | None = None,
    progress: bool = False,
    edition: Edition = EMBEDDED,
) -> list[Row]:
    """Write `folder`/images/*.jpg and `folder`/labels.csv and return the table's rows.

    About a tenth of the labels is left empty, by object. The last photographs are duplicates without an object id, byte
    for byte or re-encoded, mixed in among the others. The same seed gives the same bytes (of one Pillow build).
    """
    pictures = folder / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    objects, size = objects or edition.objects, size or edition.size
    names = _names(seed, 4 * objects)
    rows: list[Row] = []
    drawn = draw_objects(seed, objects, edition.tables)
    for number, labels in enumerate(tqdm(drawn, desc="objects", disable=not progress)):
        rng = seeds.rng(seed, "demo/row", number)
        kept = {task: "" if rng.random() < MISSING else str(getattr(labels, task)) for task in TASKS}
        for view in range(int(rng.choice([v for v, _ in edition.views], p=[p for _, p in edition.views]))):
            name = f"images/{next(names)}.jpg"
            pixels = shot(labels, seed, "demo/object", number, view, size, edition.tables)
            (folder / name).write_bytes(_jpeg(pixels, edition.quality))
            rows.append(Row(name, f"k{number:04d}", kept))
    rows += _duplicates(folder, rows, names, seed)
    rows.sort(key=lambda row: row.image)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv_files.writer(file)
        table.writerow(["image", "object_id", *TASKS])
        table.writerows([row.image, row.object_id, *(row.labels[task] for task in TASKS)] for row in rows)
    return rows


def draw_objects(seed: int, objects: int, tables: Tables = MANY) -> list[Labels]:
    """The labels of the collection's objects."""
    return domain.draw_labels(seeds.rng(seed, "demo/labels"), objects, tables)


def _names(seed: int, count: int) -> Iterator[str]:
    """Running numbers in a shuffled order, so that a file's name says nothing about its object."""
    return (f"p{number:04d}" for number in seeds.rng(seed, "demo/names").permutation(count))


def _jpeg(pixels: np.ndarray, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
    return buffer.getvalue()


def _duplicates(folder: Path, rows: list[Row], names: Iterator[str], seed: int) -> list[Row]:
    rng = seeds.rng(seed, "demo/duplicates")
    copies = []
    for place, source in enumerate(rng.choice(len(rows), min(EXACT + NEAR, len(rows)), replace=False)):
        row = rows[int(source)]
        name = f"images/{next(names)}.jpg"
        data = (folder / row.image).read_bytes()
        if place >= EXACT:
            picture = Image.open(io.BytesIO(data))
            smaller = picture.resize((picture.width * 7 // 8, picture.height * 7 // 8), Image.Resampling.LANCZOS)
            brighter = np.clip(np.asarray(smaller, np.float32) * rng.uniform(0.95, 1.05), 0, 255).astype(np.uint8)
            data = _jpeg(brighter, 75)
        (folder / name).write_bytes(data)
        copies.append(Row(name, "", row.labels))
    return copies
