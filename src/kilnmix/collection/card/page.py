"""The data card as a page of its own: the figures, what was left out, and a contact sheet a class. No script."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from kilnmix.collection.cleaning import Conflict
from kilnmix.collection.prepared import Prepared
from kilnmix.collection.tables.listing import Rejection
from kilnmix.common import seeds

if TYPE_CHECKING:
    from jinja2 import Environment

ON_A_SHEET = 12
THUMBNAIL = 96
MOST_REJECTED = 500


@dataclass(frozen=True)
class Thumbnail:
    """One picture on the page: its name and a data URI."""

    name: str
    data: str


def thumbnail(pixels: np.ndarray, name: str) -> Thumbnail:
    """(S, S, 3) uint8 as a WebP of at most 96 pixels a side."""
    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=80, method=2)
    return Thumbnail(name, "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode())


def sheets(prepared: Prepared) -> dict[str, dict[str, list[Thumbnail]]]:
    """task -> class -> pictures of up to 12 different objects of it, chosen by a hash of their names."""
    order = np.argsort([seeds.derive(0, "contact sheet", name) for name in prepared.ids], kind="stable")
    known: dict[int, Thumbnail] = {}
    result: dict[str, dict[str, list[Thumbnail]]] = {}
    for task in prepared.tasks:
        result[task.name] = {}
        for index, name in enumerate(task.classes):
            rows = order[prepared.labels[task.name][order] == index]
            first = np.sort(np.unique(prepared.objects[rows], return_index=True)[1])[:ON_A_SHEET]
            for row in rows[first].tolist():
                if row not in known:
                    known[row] = thumbnail(prepared.pixels[row], str(prepared.ids[row]))
            result[task.name][name] = [known[row] for row in rows[first].tolist()]
    return result


@dataclass(frozen=True)
class Twin:
    """Two pictures side by side, and what there is to say of them."""

    first: Thumbnail
    second: Thumbnail
    said: str


def twins(
    conflicts: Sequence[Conflict],
    near: Sequence[tuple[str, str, float]],
    pixels: Callable[[str], np.ndarray],
    most: int = 60,
) -> tuple[list[Twin], list[Twin]]:
    """Contradicting pairs, and the near-duplicates that are least alike, with their pictures.

    Args:
        near: (image, image, similarity).
        pixels: image -> (S, S, 3) uint8.
    """
    made: dict[str, Thumbnail] = {}

    def of(name: str) -> Thumbnail:
        if name not in made:
            made[name] = thumbnail(pixels(name), name)
        return made[name]

    contradicting = [
        Twin(of(c.first), of(c.second), f"{c.task}: {c.labels[0]} and {c.labels[1]}") for c in conflicts[:most]
    ]
    least = sorted(near, key=lambda pair: pair[2])[:most]
    return contradicting, [Twin(of(a), of(b), f"{value:.3f}") for a, b, value in least]


def environment() -> Environment:
    """The collection's page templates; whatever they are given is escaped."""
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("kilnmix.collection.card", "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def write(
    path: Path,
    card: Mapping[str, Any],
    prepared: Prepared,
    rejected: Sequence[Rejection],
    contradicting: Sequence[Twin],
    near: Sequence[Twin],
) -> None:
    """Writes the page."""
    page = (
        environment()
        .get_template("datacard.html")
        .render(
            card=card,
            folds=sorted(prepared.parts),
            tasks=prepared.tasks,
            sheets=sheets(prepared),
            rejected=rejected[:MOST_REJECTED],
            unshown=max(0, len(rejected) - MOST_REJECTED),
            contradicting=contradicting,
            near=near,
        )
    )
    path.write_text(page, encoding="utf-8")
