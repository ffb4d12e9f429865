"""New photographs of the demo's domain, as `prepare` would leave them."""

from __future__ import annotations

import numpy as np

from kilnmix.collection.pictures.picture import decode_bytes
from kilnmix.config import CollectionSettings
from kilnmix.demo.collection import QUALITY, jpeg, shot
from kilnmix.demo.domain import Labels


def photographed(labels: Labels, seed: int, purpose: str, number: object, collection: CollectionSettings) -> np.ndarray:
    """(S, S, 3) uint8: the object at the demo's own size, saved as its files are, decoded by these settings."""
    content = jpeg(shot(labels, seed, purpose, number), QUALITY)
    return decode_bytes(content, collection.size, collection.resize_mode).square
