"""Small pictures inside a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

SIDE = 128
"""Largest side of a thumbnail in pixels; smaller pictures are not enlarged."""
QUALITY = 80


@dataclass(frozen=True)
class Thumbnail:
    """One picture on a page: its name and a data URI."""

    name: str
    data: str


def thumbnail(pixels: np.ndarray, name: str, side: int = SIDE) -> Thumbnail:
    """A named (H, W, 3) uint8 picture."""
    return Thumbnail(name, data_uri(pixels, side))


def data_uri(pixels: np.ndarray, side: int = SIDE) -> str:
    """A (H, W, 3) uint8 picture as a WebP data URI, at most `side` pixels large."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
