"""The data card as a page of its own: the figures, what was left out, and a contact sheet a class. No script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.collection.card.card import DataCard
from kilnmix.collection.card.sentences import caution_sentence, reason, task_name
from kilnmix.collection.cleaning import Conflict
from kilnmix.collection.pictures.thumbnail import Thumbnail, thumbnail
from kilnmix.collection.prepared import Prepared, Task
from kilnmix.collection.tables.listing import Rejection
from kilnmix.common import seeds
from kilnmix.common.pages.templates import environment
from kilnmix.common.pages.wording import Wording

ON_A_SHEET = 12
SIDE = 96
"""Of thumbnails, in pixels."""
MOST_REJECTED = 500


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
                    known[row] = thumbnail(prepared.pixels[row], str(prepared.ids[row]), SIDE)
            result[task.name][name] = [known[row] for row in rows[first].tolist()]
    return result


@dataclass(frozen=True)
class Twin:
    """Two pictures side by side, with a caption."""

    first: Thumbnail
    second: Thumbnail
    caption: str


def twins(
    conflicts: Sequence[Conflict],
    near: Sequence[tuple[str, str, float]],
    pixels: Callable[[str], np.ndarray],
    t: Wording,
    most: int = 60,
) -> tuple[list[Twin], list[Twin]]:
    """Contradicting pairs, and the near-duplicates that are least alike, with their pictures.

    Args:
        near: (image, image, similarity).
        pixels: image -> (S, S, 3) uint8.
        t: the words of `kilnmix.collection.card`.
    """
    made: dict[str, Thumbnail] = {}

    def of(name: str) -> Thumbnail:
        if name not in made:
            made[name] = thumbnail(pixels(name), name, SIDE)
        return made[name]

    contradicting = [
        Twin(
            of(c.first),
            of(c.second),
            t.plain("duplicates.contradiction", task=task_name(c.task, t), first=c.labels[0], second=c.labels[1]),
        )
        for c in conflicts[:most]
    ]
    least = sorted(near, key=lambda pair: pair[2])[:most]
    return contradicting, [Twin(of(a), of(b), f"{value:.3f}") for a, b, value in least]


def label(task: Task, class_id: str, t: Wording) -> str:
    """A class in the page's language; its id beside a Chinese name."""
    native = task.native.get(class_id, "") if t.language == "zh" else ""
    return f"{native} {class_id}" if native else class_id


def write(
    path: Path,
    card: DataCard,
    prepared: Prepared,
    rejected: Sequence[Rejection],
    contradicting: Sequence[Twin],
    near: Sequence[Twin],
    t: Wording,
) -> None:
    """Writes the page in the language of `t`, the words of `kilnmix.collection.card`."""
    page = (
        environment("kilnmix.collection.card")
        .get_template("datacard.html")
        .render(
            t=t,
            task_name=task_name,
            label=label,
            reason=reason,
            card=card,
            cautions=[caution_sentence(caution, t) for caution in card.cautions],
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
