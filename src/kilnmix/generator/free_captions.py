"""The photographs' own descriptions, from a column of the label table: in captions, and asked for when drawing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.common.errors import UserError
from kilnmix.config import GeneratorSettings
from kilnmix.generator.order import Request


def of(photographs: Prepared, rows: np.ndarray, settings: GeneratorSettings) -> list[str]:
    """The descriptions of the photographs `rows` (n,), empty where there is none or generator.free_captions is none.

    Raises:
        UserError: they are asked for, and the collection has none.
    """
    if settings.free_captions == "none":
        return [""] * len(rows)
    if photographs.captions is None:
        raise UserError(
            f"generator.free_captions is {settings.free_captions}, and the label table has no descriptions: name their "
            "column in collection.columns.caption, or set generator.free_captions to none."
        )
    return [str(text) for text in photographs.captions[rows]]


def turns(free: Sequence[str], labels: np.ndarray, requests: Sequence[Request], seed: int) -> list[str]:
    """For each request the description of a training photograph of the same labels, which take turns.

    A combination that no described photograph attests gets none.

    Args:
        free: (n,) descriptions of the training photographs; labels: (n, T) theirs, -1 where a task is open.
    """
    taken: dict[tuple[int, ...], list[str]] = {}
    asked: dict[tuple[int, ...], int] = {}
    chosen = []
    for request in requests:
        own = request.labels
        if own not in taken:
            wanted = np.array(own)
            fits = ((labels == wanted) | (wanted == MISSING)).all(axis=1)
            texts = [free[row] for row in np.flatnonzero(fits).tolist() if free[row]]
            order = seeds.rng(seed, "description", *own).permutation(len(texts))
            taken[own] = [texts[place] for place in order]
        texts, place = taken[own], asked.get(own, 0)
        chosen.append(texts[place % len(texts)] if texts else "")
        asked[own] = place + 1
    return chosen
