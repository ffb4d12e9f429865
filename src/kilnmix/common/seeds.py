"""Seeds that follow from what they are for, so that no result depends on the order of calls."""

from __future__ import annotations

import hashlib

import numpy as np


def derive(seed: int, purpose: str, *ids: object) -> int:
    """A 63-bit seed for (seed, purpose, ids): the first eight bytes of SHA-256 over their text, sign bit cleared.

    The parts are joined by the unit separator (U+001F), which cannot stand in a name, so ("a", "bc") and ("ab", "c")
    differ.
    """
    text = "\x1f".join([str(seed), purpose, *map(str, ids)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def rng(seed: int, purpose: str, *ids: object) -> np.random.Generator:
    """A NumPy generator (PCG64) seeded by `derive`."""
    return np.random.default_rng(derive(seed, purpose, *ids))
