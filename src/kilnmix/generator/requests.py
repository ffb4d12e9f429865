"""Which synthetic images to draw: how many of each attested combination of labels, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.collection.allocation import Allocation, combinations, interleave, largest_remainder, weights
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common.seeds import derive
from kilnmix.config import GeneratorSettings
from kilnmix.generator import captions


@dataclass(frozen=True)
class Request:
    """One image to draw.

    Attributes:
        number: its place in the pool; what its seed is derived from.
        labels: (T,) class indices that the caption asks for, -1 where the combination leaves a task open.
    """

    number: int
    labels: tuple[int, ...]


def image_seed(seed: int, number: int) -> int:
    """The seed of one image of a pool, from the pool's seed and the request's number."""
    return derive(seed, "image", number)


def open_tasks(labels: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """`labels` (n, T) with some tasks' columns -1: what a caption that does not name them can ask for."""
    opened = labels.copy()
    opened[:, list(columns)] = MISSING
    return opened


def plan(labels: np.ndarray, images: int, allocation: Allocation) -> list[Request]:
    """`images` requests for the combinations attested in `labels` (n, T) of the training photographs.

    Every beginning of the list is divided over them alike, so that smaller pools are the beginnings of larger ones.
    """
    rows, counts = combinations(labels)
    order = interleave(largest_remainder(weights(rows, counts, allocation), images))
    return [Request(number, tuple(int(value) for value in rows[kind])) for number, kind in enumerate(order)]


@dataclass(frozen=True)
class Order:
    """A pool's requests with their captions.

    Attributes:
        prompts: caption of each request.
        unnamed: tasks that the caption template does not name, which no image is asked for.
    """

    requests: tuple[Request, ...]
    prompts: tuple[str, ...]
    unnamed: tuple[str, ...]


def ask(photographs: Prepared, rows: np.ndarray, settings: GeneratorSettings) -> Order:
    """The order of a pool for the label combinations of the photographs `rows` (n,)."""
    names = [task.name for task in photographs.tasks]
    template = captions.Template.parse(settings.caption, names)
    unnamed = template.unnamed(names)
    opened = open_tasks(photographs.label_matrix[rows], [names.index(task) for task in unnamed])
    requests = plan(opened, settings.draw.images, settings.draw.allocation)
    prompts = [template.fill(captions.words_of(photographs.tasks, request.labels)) for request in requests]
    return Order(tuple(requests), tuple(prompts), tuple(unnamed))
