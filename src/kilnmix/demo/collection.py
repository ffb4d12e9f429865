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
from kilnmix.demo.domain import TASKS, Labels
from kilnmix.demo.render import photograph

OBJECTS = 1200
"""About 103 to train on (140 photographs), 186 to choose on, 911 to test on: few photographs, and a test that sees."""
SIZE = 96
"""Of a photograph, in pixels."""
MISSING = 0.1
VIEWS = ((1, 0.7), (2, 0.22), (3, 0.08))
"""(photographs of an object, share of objects)."""
EXACT, NEAR = 6, 8
QUALITY = 85


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
) -> np.ndarray:
    """Photograph `view` of object `number`: uint8 (size, size, 3), a pure function of its arguments."""
    piece = domain.piece_of(labels, seed, purpose, number)
    return photograph(piece, domain.view_for(labels, seed, purpose, number, view), size)


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
    objects: int = OBJECTS,
    size: int = SIZE,
    progress: bool = False,
) -> list[Row]:
    """Write `folder`/images/*.jpg and `folder`/labels.csv and return the table's rows.

    About a tenth of the labels is left empty, by object. The last photographs are duplicates without an object id, byte
    for byte or re-encoded, mixed in among the others. The same seed gives the same bytes (of one Pillow build).
    """
    pictures = folder / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    names = _names(seed, 4 * objects)
    rows: list[Row] = []
    drawn = draw_objects(seed, objects)
    for number, labels in enumerate(tqdm(drawn, desc="objects", disable=not progress)):
        rng = seeds.rng(seed, "demo/row", number)
        kept = {task: "" if rng.random() < MISSING else str(getattr(labels, task)) for task in TASKS}
        for view in range(int(rng.choice([v for v, _ in VIEWS], p=[p for _, p in VIEWS]))):
            name = f"images/{next(names)}.jpg"
            pixels = shot(labels, seed, "demo/object", number, view, size)
            (folder / name).write_bytes(jpeg(pixels, QUALITY))
            rows.append(Row(name, f"k{number:04d}", kept))
    rows += _duplicates(folder, rows, names, seed)
    rows.sort(key=lambda row: row.image)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv_files.writer(file)
        table.writerow(["image", "object_id", *TASKS])
        table.writerows([row.image, row.object_id, *(row.labels[task] for task in TASKS)] for row in rows)
    return rows


def draw_objects(seed: int, objects: int) -> list[Labels]:
    """The labels of the collection's objects."""
    return domain.draw_labels(seeds.rng(seed, "demo/labels"), objects)


def _names(seed: int, count: int) -> Iterator[str]:
    """Running numbers in a shuffled order, so that a file's name says nothing about its object."""
    return (f"p{number:04d}" for number in seeds.rng(seed, "demo/names").permutation(count))


def jpeg(pixels: np.ndarray, quality: int) -> bytes:
    """A photograph's file, of uint8 (h, w, 3)."""
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
            data = jpeg(brighter, 75)
        (folder / name).write_bytes(data)
        copies.append(Row(name, "", row.labels))
    return copies
