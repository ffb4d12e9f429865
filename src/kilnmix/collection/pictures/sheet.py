"""Many small pictures as one: a contact sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

SIDE, MOST, GAP = 96, 60, 2
"""Pixels of a picture's side on a sheet, how many it has room for, pixels between them."""


def contact_sheet(pictures: Sequence[np.ndarray]) -> Image.Image:
    """(S, S, 3) uint8 pictures row by row, on white.

    Raises:
        ValueError: there is none.
    """
    if not pictures:
        raise ValueError("no pictures for a sheet")
    columns = math.ceil(math.sqrt(1.5 * len(pictures)))
    rows, step = math.ceil(len(pictures) / columns), SIDE + GAP
    sheet = Image.new("RGB", (columns * step - GAP, rows * step - GAP), "white")
    for place, picture in enumerate(pictures):
        small = Image.fromarray(np.ascontiguousarray(picture)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        sheet.paste(small, (place % columns * step, place // columns * step))
    return sheet


def spread(count: int, most: int = MOST) -> list[int]:
    """At most `most` of `count` places, evenly spread, the first among them."""
    shown = min(count, most)
    return [place * count // shown for place in range(shown)]
