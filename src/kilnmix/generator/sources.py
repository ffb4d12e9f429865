"""Drawing from photographs: which training photograph an image starts from, and what its soft label is.

From a photograph of the same labels: DA-Fusion (arXiv 2302.07944), Diff-Aug. From a photograph of another class, with
the caption of the class asked for: Diff-Mix (2403.19600).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from kilnmix.collection.prepared import MISSING
from kilnmix.common import seeds
from kilnmix.config import Draw
from kilnmix.generator.order import Request

SOFTNESS = 0.5
"""Exponent of `soft_label`; 0.5 is what Diff-Mix found best."""


def soft_label(strength: float) -> float:
    """The share of the class asked for in the label of an image drawn at `strength` from another class's photograph.

    Diff-Mix (2403.19600), equation 4: strength to the power of `SOFTNESS`; 1, all noise, is the class asked for alone.
    """
    return strength**SOFTNESS


def choose(requests: Sequence[Request], labels: np.ndarray, draw: Draw, seed: int) -> list[Request]:
    """Gives requests the photographs that they start from; with no photograph that fits, drawn from the caption alone.

    Args:
        labels: (n, T) of the training photographs, -1 where a task is open.
    """
    chosen = []
    for request in requests:
        own = seeds.rng(seed, "source", request.number)
        asked = np.array(request.labels)
        same = ((labels == asked) | (asked == MISSING)).all(axis=1)
        mixes = draw.mode == "mix" and own.random() < draw.mix_share
        fitting = np.flatnonzero(~same if mixes else same)
        if len(fitting):
            weight = soft_label(draw.strength) if mixes else 1.0
            source = int(own.choice(fitting))
            chosen.append(dataclasses.replace(request, source=source, weight=weight))
        else:
            chosen.append(request)
    return chosen
