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
from kilnmix.common import files, seeds
from kilnmix.common.pages.templates import environment
from kilnmix.common.pages.wording import Wording, editions

ROOM, STEM = "kilnmix.collection.card", "datacard"
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
    """Two pictures side by side: near-duplicates, or with `conflict` a contradiction."""

    first: Thumbnail
    second: Thumbnail
    similarity: float
    conflict: Conflict | None = None

    def caption(self, t: Wording) -> str:
        if self.conflict is None:
            return f"{self.similarity:.3f}"
        task, (first, second) = task_name(self.conflict.task, t), self.conflict.labels
        return t.plain("duplicates.contradiction", task=task, first=first, second=second)


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
            made[name] = thumbnail(pixels(name), name, SIDE)
        return made[name]

    contradicting = [Twin(of(c.first), of(c.second), c.similarity, c) for c in conflicts[:most]]
    least = sorted(near, key=lambda pair: pair[2])[:most]
    return contradicting, [Twin(of(a), of(b), value) for a, b, value in least]


def label(task: Task, class_id: str, t: Wording) -> str:
    """A class in the page's language; its id beside a Chinese name."""
    native = task.native.get(class_id, "") if t.language == "zh" else ""
    return f"{native} {class_id}" if native else class_id


def write(
    folder: Path,
    card: DataCard,
    prepared: Prepared,
    rejected: Sequence[Rejection],
    contradicting: Sequence[Twin],
    near: Sequence[Twin],
) -> None:
    """Writes the page in every language: datacard.html, datacard.zh.html."""
    template, shown = environment(ROOM).get_template("datacard.html"), sheets(prepared)
    known = editions(ROOM, STEM)
    for edition in known:
        page = template.render(
            t=edition.t,
            others=[other for other in known if other is not edition],
            task_name=task_name,
            label=label,
            reason=reason,
            card=card,
            cautions=[caution_sentence(caution, edition.t) for caution in card.cautions],
            folds=sorted(prepared.parts),
            tasks=prepared.tasks,
            sheets=shown,
            rejected=rejected[:MOST_REJECTED],
            unshown=max(0, len(rejected) - MOST_REJECTED),
            contradicting=contradicting,
            near=near,
        )
        files.write(folder / edition.file, page)
