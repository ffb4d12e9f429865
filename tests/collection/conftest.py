"""A small collection that can be drawn anywhere: pictures of noise, two tasks, some objects seen twice."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from kilnmix.config import CollectionSettings
from tests import composed

REPOSITORY = Path(__file__).parents[2]
DYNASTIES, TYPES = ("宋", "明代", "Qing dynasty"), ("碗", "jar")


def picture(seed: int, size: int = 64) -> Image.Image:
    """Soft noise that is like no other seed's."""
    noise = np.random.default_rng(seed).normal(size=(size, size, 3))
    return Image.fromarray(np.clip(gaussian_filter(noise, (3, 3, 0)) * 500 + 128, 0, 255).astype(np.uint8))


def draw(
    folder: Path, objects: int = 60, header: Sequence[str] = ("image", "object_id", "dynasty", "type")
) -> list[list[str]]:
    """`objects` objects, every fourth with two photographs; the rows of the table that was written."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for number in range(objects):
        for view in range(2 if number % 4 == 0 else 1):
            name = f"images/{number:03d}-{view}.png"
            picture(10 * number + view).save(folder / name)
            labels = [DYNASTIES[number % 3], TYPES[number % 2]]
            rows.append([name, f"k{number}", *labels])
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return rows


@pytest.fixture
def settings(tmp_path: Path) -> CollectionSettings:
    """Settings for a collection at tmp_path / data."""
    return composed.settings("collection=default").collection.model_copy(
        update={
            "folder": tmp_path / "data",
            "tasks": ("dynasty", "type"),
            "vocabulary": REPOSITORY / "conf" / "vocabulary.yaml",
            "size": 32,
        }
    )


@pytest.fixture
def drawn(settings: CollectionSettings) -> Callable[..., list[list[str]]]:
    return lambda **options: draw(settings.folder, **options)
