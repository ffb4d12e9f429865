"""Thumbnails packed into sheets, so that a page of thousands of pictures holds dozens of files."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from PIL import Image

SIDE, ACROSS = 96, 10
"""Pixels of a thumbnail; thumbnails in a row and rows on a sheet."""
QUALITY = 75


def sheets(pictures: Iterable[np.ndarray]) -> Iterator[str]:
    """Base64 of a WebP a hundred pictures (S, S, 3) uint8; sheets are filled row by row, the last one in part."""
    drawn: list[np.ndarray] = []
    for picture in pictures:
        drawn.append(_thumbnail(picture))
        if len(drawn) == ACROSS * ACROSS:
            yield _sheet(drawn)
            drawn = []
    if drawn:
        yield _sheet(drawn)


def _thumbnail(picture: np.ndarray) -> np.ndarray:
    if picture.shape[:2] == (SIDE, SIDE):
        return picture
    how = cv2.INTER_AREA if picture.shape[0] > SIDE else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(picture), (SIDE, SIDE), interpolation=how)


def _sheet(thumbnails: list[np.ndarray]) -> str:
    rows = -(-len(thumbnails) // ACROSS)
    whole = np.full((rows * SIDE, ACROSS * SIDE, 3), 255, np.uint8)
    for place, each in enumerate(thumbnails):
        top, left = place // ACROSS * SIDE, place % ACROSS * SIDE
        whole[top : top + SIDE, left : left + SIDE] = each
    buffer = io.BytesIO()
    Image.fromarray(whole).save(buffer, "WEBP", quality=QUALITY)
    return base64.b64encode(buffer.getvalue()).decode()
