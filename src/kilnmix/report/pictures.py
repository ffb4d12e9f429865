"""Pictures inside the page."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

SIDE = 128
"""Largest side of a thumbnail in pixels; smaller pictures are not enlarged."""


def data_uri(pixels: np.ndarray, side: int = SIDE, quality: int = 82) -> str:
    """A (H, W, 3) uint8 picture as a WebP data URI, at most `side` pixels large."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
