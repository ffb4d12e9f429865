"""Which synthetic images to draw: how many of each attested combination of labels, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.collection.allocation import Allocation, combinations, interleave, largest_remainder, weights
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.collection.rules import Rules
from kilnmix.config import GeneratorSettings
from kilnmix.generator import captions, free_captions, nuisance, sources
from kilnmix.generator import combinations as within
from kilnmix.generator.order import Order, Request


def open_tasks(labels: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """`labels` (n, T) with some tasks' columns -1: what a caption that does not name them can ask for."""
    opened = labels.copy()
    opened[:, list(columns)] = MISSING
    return opened


def plan(labels: np.ndarray, images: int, allocation: Allocation) -> list[Request]:
    """`images` requests for the combinations attested in `labels` (n, T) of the training photographs.

    Every beginning of the list is divided over them alike, so that smaller pools are the beginnings of larger ones.
    """
    return divided(*combinations(labels), images, allocation)


def divided(rows: np.ndarray, counts: np.ndarray, images: int, allocation: Allocation) -> list[Request]:
    """`images` requests for combinations `rows` (c, T) that stand `counts` (c,) times."""
    order = interleave(largest_remainder(weights(rows, counts, allocation), images))
    return [Request(number, tuple(int(value) for value in rows[kind])) for number, kind in enumerate(order)]


def ask(photographs: Prepared, rows: np.ndarray, settings: GeneratorSettings, seed: int, rules: Rules) -> Order:
    """The order of a pool for the label combinations of the photographs `rows` (n,).

    Raises:
        UserError: `rules` allow nothing of this collection, or nuisances name what is not there.
    """
    draw = settings.draw
    asked = captions.asked_tasks(photographs.tasks, settings)
    names = [task.name for task in asked]
    template = captions.Template.parse(settings.caption, names)
    unnamed = template.unnamed(names)
    every = [task.name for task in photographs.tasks]
    silent = [*unnamed, *(name for name in every if name not in names)]
    labels = photographs.label_matrix[rows]
    opened = open_tasks(labels, [every.index(task) for task in silent])
    if draw.combinations == "free":
        kinds, counts, left_out = within.free(opened, rules)
    else:
        kinds, counts, left_out = within.allowed(*combinations(opened), rules)
    requests = divided(kinds, counts, draw.images, draw.allocation)
    if draw.mode != "text":
        requests = sources.choose(requests, opened, draw, seed)
    shared = nuisance.words(photographs, rows, settings.nuisance)
    values = nuisance.marginal(shared, [request.labels for request in requests], seed)
    columns = [every.index(name) for name in names]
    free = free_captions.of(photographs, rows, settings)
    prompts = [
        captions.variants(
            template,
            captions.words_of(asked, [request.labels[c] for c in columns]),
            value,
            text,
            settings.free_captions == "alone",
        )[0]
        for request, value, text in zip(
            requests, values, free_captions.turns(free, opened, requests, seed), strict=True
        )
    ]
    return Order(tuple(requests), tuple(prompts), tuple(unnamed), left_out)
