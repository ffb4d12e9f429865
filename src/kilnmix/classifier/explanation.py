"""What an archaeologist checks: where in a picture each answer comes from, and the nearest labelled photographs.

A folder: index.html with everything side by side, and its pictures beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kilnmix.classifier import occlusion
from kilnmix.classifier.answers import Answer, remarks
from kilnmix.classifier.predict_files import Predictor, Seen
from kilnmix.collection import prepared
from kilnmix.collection.pictures.thumbnail import data_uri
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common.errors import UserError
from kilnmix.common.pages.templates import environment
from kilnmix.common.paths import PREPARED

PAGE = "index.html"
SHOWN = 4
"""Neighbours of a picture."""


@dataclass(frozen=True)
class Neighbour:
    """A photograph of the collection.

    Attributes:
        labels: task -> its class; empty where the label is not known or the collection is not here.
        picture: a data URI; empty where the collection is not here.
    """

    name: str
    labels: Mapping[str, str]
    picture: str


def heat_maps(predictor: Predictor, seen: Seen) -> dict[str, np.ndarray]:
    """task -> (S, S, 3) uint8: the picture, red where its answer comes from."""
    classes = predictor.model.classes
    answers = {task: classes[task].index(ranked[0][0]) for task, ranked in seen.answer.tasks.items()}
    maps = occlusion.heat(lambda pixels: predictor.model.apply(pixels)[0], seen.square, answers)
    return {task: occlusion.overlaid(seen.square, values) for task, values in maps.items()}


class Neighbours:
    """Finds the nearest photographs; their pictures are those of the prepared collection, if it is here."""

    def __init__(self, predictor: Predictor, folder: Path = PREPARED) -> None:
        self._reference = predictor.reference
        self._photographs: Prepared | None = None
        self._rows: dict[str, int] = {}
        if self._reference is not None and (folder / "pixels.npy").is_file():
            self._photographs = prepared.load(folder)
            self._rows = {str(name): row for row, name in enumerate(self._photographs.ids)}

    def of(self, seen: Seen, count: int = SHOWN) -> list[Neighbour]:
        if self._reference is None or seen.features is None:
            return []
        (rows,) = self._reference.nearest(seen.features[None], count)
        return [self._neighbour(self._reference.ids[row]) for row in rows]

    def _neighbour(self, name: str) -> Neighbour:
        row = self._rows.get(name)
        if self._photographs is None or row is None:
            return Neighbour(name, {}, "")
        labels = {
            task.name: task.classes[label]
            for task in self._photographs.tasks
            if (label := self._photographs.labels[task.name][row]) != MISSING
        }
        return Neighbour(name, labels, data_uri(self._photographs.pixels[row]))


class Explanations:
    """Fills a folder, a picture at a time.

    Raises:
        UserError: there is something in the folder already, or it cannot be written.
    """

    def __init__(self, predictor: Predictor, folder: Path) -> None:
        self._predictor, self._folder = predictor, folder
        self._neighbours = Neighbours(predictor)
        self._sections: list[dict[str, object]] = []
        self._unread: list[tuple[str, str]] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise UserError(f"{folder} is not empty, and nothing in it is replaced. Name a new folder.")
        except OSError as error:
            raise UserError(f"{folder} cannot be a folder of explanations: {error.strerror}.") from error

    def add(self, seen: Seen) -> None:
        """Saves a heat map a task, and keeps what the page says of the picture."""
        stem = f"{len(self._sections) + 1:03d}-{_plain(Path(seen.answer.picture).stem)}"
        self._save(f"{stem}.jpg", seen.square)
        maps = []
        for task, drawn in heat_maps(self._predictor, seen).items():
            name = f"{stem}-{_plain(task)}.jpg"
            self._save(name, drawn)
            maps.append((task, said(seen.answer, task), name))
        self._sections.append(
            {
                "name": seen.answer.picture,
                "picture": f"{stem}.jpg",
                "remarks": remarks(seen.answer),
                "maps": maps,
                "neighbours": self._neighbours.of(seen),
            }
        )

    def unread(self, name: str, why: str) -> None:
        """Notes a picture that could not be read."""
        self._unread.append((name, why))

    def close(self) -> Path:
        """Writes the page; returns its place."""
        page = environment("kilnmix.classifier").get_template("explanations.html")
        text = page.render(sections=self._sections, unread=self._unread)
        (self._folder / PAGE).write_text(text, encoding="utf-8")
        return self._folder / PAGE

    def _save(self, name: str, pixels: np.ndarray) -> None:
        Image.fromarray(pixels).save(self._folder / name, quality=90)


def said(answer: Answer, task: str) -> str:
    """The answer to a task in a few words."""
    name, value = answer.tasks[task][0]
    others = [other for other in answer.sets.get(task, ()) if other != name]
    return f"{name} {value:.2f}" + (f", not sure: or {', '.join(others)}" if others and not answer.sure(task) else "")


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)[:60] or "picture"
