"""Planted copies of photographs, and images of other objects: how many are found, and how many are wrongly.

Half of a collection's objects are the photographs that images are compared with. Copies of some of them, edited at the
files' own size, must be found; photographs of the other half of the objects must not. Two sets: the demo's renders
(`dvc pull data.dvc`) and, where they are, the photographs in ../shared/data/ceramics.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from bench.rows import Row, missing
from kilnmix.collection import pipeline, prepared
from kilnmix.collection.pictures import picture
from kilnmix.collection.prepared import Prepared
from kilnmix.config.composition import compose
from kilnmix.curation.copies.find import Comparison

SETS = {"renders": (Path("data"), 96), "photographs": (Path("../shared/data/ceramics"), 384)}
SIZE, COPIES, OTHERS = 128, 60, 150
CAUGHT, WRONG = ">= 0.98", "<= 0.01"

Edit = Callable[[np.ndarray, np.random.Generator, np.ndarray], np.ndarray]


def _crop(image: np.ndarray, rng: np.random.Generator, other: np.ndarray) -> np.ndarray:
    side = len(image)
    kept = round(0.8 * side)
    top, left = rng.integers(0, side - kept + 1, 2)
    return cv2.resize(image[top : top + kept, left : left + kept], (side, side), interpolation=cv2.INTER_CUBIC)


def _jpeg(image: np.ndarray, rng: np.random.Generator, other: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=40)
    return np.asarray(Image.open(file))


def _turn(image: np.ndarray, rng: np.random.Generator, other: np.ndarray) -> np.ndarray:
    side = len(image)
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), float(rng.choice([-5, 5])), 1)
    return cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _paste(image: np.ndarray, rng: np.random.Generator, other: np.ndarray) -> np.ndarray:
    side, result = len(image), image.copy()
    patch = side // 5
    top, left = rng.integers(0, side - patch + 1, 2)
    result[top : top + patch, left : left + patch] = cv2.resize(other, (patch, patch), interpolation=cv2.INTER_AREA)
    return result


def _recolour(image: np.ndarray, rng: np.random.Generator, other: np.ndarray) -> np.ndarray:
    turned = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(int)
    turned[..., 0] = (turned[..., 0] + rng.integers(30, 150)) % 180
    return cv2.cvtColor(turned.astype(np.uint8), cv2.COLOR_HSV2RGB)


EDITS: dict[str, Edit] = {
    "flip": lambda image, rng, other: np.ascontiguousarray(image[:, ::-1]),
    "crop to 80 %": _crop,
    "jpeg 40": _jpeg,
    "brightness +-30 %": lambda image, rng, other: np.clip(image * rng.choice([0.7, 1.3]), 0, 255).astype(np.uint8),
    "turn by 5 degrees": _turn,
    "paste of a fifth of the side": _paste,
    "recolour": _recolour,
}


def measure() -> Iterator[Row]:
    for name, (folder, side) in SETS.items():
        if not (folder / "labels.csv").exists():
            yield missing(f"copies.{name}", "share", CAUGHT, f"{folder} is not there")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            yield from _measured(name, folder, side, Path(scratch))


def _measured(name: str, folder: Path, side: int, scratch: Path) -> Iterator[Row]:
    params = compose(["collection=default"])[1]
    settings = params.collection.model_copy(update={"folder": folder, "size": SIZE, "unresolved": "leave-out"})
    pipeline.prepare(settings, 1, 0, scratch, scratch)
    photographs = _halved(prepared.load(scratch))
    train, rest = photographs.members(0, "train"), np.flatnonzero(photographs.objects % 2)
    rng = np.random.default_rng(5)
    begun = time.process_time()
    comparison = Comparison(photographs, 0, params.curation.copies)
    yield Row(f"copies.{name}.calibration", time.process_time() - begun, "CPU seconds")
    yield Row(f"copies.{name}.line", comparison.memory.threshold, "score")
    yield Row(f"copies.{name}.twins", comparison.twins, f"of {len(train)} photographs")

    def native(row: int) -> np.ndarray:
        return picture.decode(folder / str(photographs.ids[row]), side, "pad", settings.max_pixels, 1).square

    images = np.stack([native(row) for row in rng.choice(rest, min(OTHERS, len(rest)), replace=False)])
    begun = time.process_time()
    found = comparison.compare(images)
    spent = (time.process_time() - begun) / len(images)
    yield Row(f"copies.{name}.an image", 1000 * spent, "CPU ms")
    yield Row(f"copies.{name}.different objects rejected", float(found.memorised.mean()), "share", target=WRONG)
    chosen = rng.choice(train, min(COPIES, len(train)), replace=False)
    for edit, change in EDITS.items():
        copies = np.stack([change(native(row), rng, images[rng.integers(len(images))]) for row in chosen])
        caught = comparison.compare(copies).memorised
        yield Row(f"copies.{name}.{edit}", float(caught.mean()), "share", target=CAUGHT, runs=len(chosen))


def _halved(photographs: Prepared) -> Prepared:
    """Every second object to compare with; of the others every photograph is an image."""
    parts = np.where(photographs.objects % 2 == 0, "train", "")
    return Prepared(
        photographs.folder, photographs.tasks, photographs.ids, photographs.objects, photographs.labels, {0: parts},
        photographs.sources, photographs.confidence,
    )  # fmt: skip
