"""What photographs share by accident, such as a museum's grey backdrop: in captions, and drawn over all its values.

A class whose photographs come from one museum drags that museum's backdrop along, unless the backdrop is said in the
caption while tuning (so that it is no part of the class) and drawn independently of the class (so that the classifier
cannot learn it). The method is that of BOB (arXiv 2510.24078), with values that the photographs themselves have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kilnmix.collection.allocation import interleave
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common.errors import UserError
from kilnmix.common.seeds import derive

BORDER = 0.06
"""Width of the frame that is taken for backdrop, as a share of the side."""
_SHADES = ((45, "black"), (100, "dark grey"), (165, "grey"), (215, "light grey"), (256, "white"))
_HUES = ((20, "red"), (70, "yellow"), (170, "green"), (265, "blue"), (330, "purple"), (361, "red"))
_COLOURED = 48


def words(photographs: Prepared, rows: np.ndarray, named: Sequence[str]) -> list[tuple[str, ...]]:
    """For each photograph of `rows` (n,) the terms of its nuisances that are known.

    Args:
        named: `source`, `backdrop` or a task's name each.

    Raises:
        UserError: a name is none of these.
    """
    tasks = {task.name: task for task in photographs.tasks}
    unknown = sorted(set(named) - {"source", "backdrop", *tasks})
    if unknown:
        raise UserError(
            f"generator.nuisance names {', '.join(unknown)}. It takes source, backdrop and this collection's tasks "
            f"({', '.join(tasks)})."
        )
    columns: list[list[str]] = []
    for name in named:
        if name == "backdrop":
            columns.append([f"{backdrop(photographs.pixels[row])} backdrop" for row in rows])
        elif name == "source":
            columns.append([f"from {source}" if source else "" for source in photographs.sources[rows]])
        else:
            task, labels = tasks[name], photographs.labels[name][rows]
            columns.append(["" if label == MISSING else task.words[task.classes[label]] for label in labels])
    return [tuple(term for term in terms if term) for terms in zip(*columns, strict=True)] or [() for _ in rows]


def backdrop(pixels: np.ndarray) -> str:
    """The backdrop's shade, or its colour where it has much of one: the median of a frame along the border.

    Args:
        pixels: (S, S, 3) uint8.
    """
    width = max(round(BORDER * len(pixels)), 1)
    frame = np.ones(pixels.shape[:2], bool)
    frame[width:-width, width:-width] = False
    red, green, blue = (float(value) for value in np.median(pixels[frame], axis=0))
    high, low = max(red, green, blue), min(red, green, blue)
    if high - low >= _COLOURED:
        spread = high - low
        if high == red:
            hue = (60 * (green - blue) / spread) % 360
        else:
            hue = 60 * (2 + (blue - red) / spread) if high == green else 60 * (4 + (red - green) / spread)
        return next(name for limit, name in _HUES if hue < limit)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    return next(name for limit, name in _SHADES if grey < limit)


def marginal(terms: Sequence[tuple[str, ...]], requests: Sequence[tuple[int, ...]], seed: int) -> list[tuple[str, ...]]:
    """For each request a value of the nuisances, in the same proportions for every combination of labels.

    Args:
        terms: (n,) those of the training photographs, whose proportions these are.
        requests: (m,) the labels asked for.
    """
    kinds = sorted(set(terms))
    order = interleave([list(terms).count(kind) for kind in kinds])
    taken: dict[tuple[int, ...], int] = {}
    drawn = []
    for labels in requests:
        # Every combination begins elsewhere, so that small ones do not all get the same first values.
        place = taken.setdefault(labels, derive(seed, "nuisance", *labels) % len(order))
        drawn.append(kinds[order[place % len(order)]])
        taken[labels] = place + 1
    return drawn
