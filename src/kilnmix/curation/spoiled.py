"""Photographs spoiled on purpose: without their vessel, and with another's beside it. Pure.

They show what a fault would look like in this very collection, and so teach a detector (`detector`).
"""

from __future__ import annotations

import cv2
import numpy as np

from kilnmix.curation import quality

RIM = 3
"""Pixels around a vessel that belong to neither it nor the backdrop."""
PASSES, MOST = 3, 0.8
"""Times that a gap is filled; share of the picture that it may be."""
SHRUNK = (0.5, 0.75)
"""A vessel beside another is smaller than by itself."""
SHARED = 0.7
"""Share of the pairs that stand on one backdrop."""


def emptied(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """The picture (S, S, 3) uint8 with its backdrop where its vessels are; None where none is seen.

    The backdrop is drawn on over the gap (Telea 2004), with the grain of what is left; where something still stands
    out, over that, too.
    """
    mask, filled = vessel(picture, RIM), np.ascontiguousarray(picture)
    if not mask.any():
        return None
    for _ in range(PASSES):
        filled = cv2.inpaint(np.ascontiguousarray(picture), mask.astype(np.uint8), RIM, cv2.INPAINT_TELEA)
        left = vessel(filled, RIM)
        if not left.any():
            break
        mask |= left
    if mask.mean() > MOST:
        return None
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.5).astype(np.float32)
    grain = float((picture.astype(np.float32) - smooth)[~mask].std())
    noise = rng.normal(0, grain, picture.shape) * mask[..., None]
    return np.clip(filled + noise, 0, 255).astype(np.uint8)


def doubled(
    picture: np.ndarray, other: np.ndarray, empty: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray | None:
    """The vessel of `other` beside that of `picture`, both (S, S, 3) uint8, on the picture's backdrop or each on its
    own; None where no vessel is seen.

    Args:
        empty: the picture without its vessel.
    """
    mine, theirs = vessel(picture, 0), vessel(other, 0)
    if not mine.any() or not theirs.any():
        return None
    side = len(picture)
    shared = rng.random() < SHARED
    scale = rng.uniform(*SHRUNK, 2)
    places = rng.uniform(0.22, 0.34), rng.uniform(0.66, 0.78)
    order = (0, 1) if rng.random() < 0.5 else (1, 0)
    result: np.ndarray = (empty if empty is not None and shared else _halves(picture, other)).astype(np.float32)
    for which, (source, mask) in enumerate(((picture, mine), (other, theirs))):
        matrix = _moved(mask, scale[which], places[order[which]] * side)
        moved = cv2.warpAffine(source, matrix, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        soft = cv2.warpAffine(mask.astype(np.float32), matrix, (side, side))
        soft = cv2.GaussianBlur(soft, (0, 0), 0.7)[..., None]
        result = result * (1 - soft) + moved * soft
    return np.clip(result, 0, 255).astype(np.uint8)


def vessel(picture: np.ndarray, rim: int) -> np.ndarray:
    """(S, S) bool, where vessels are, and `rim` pixels around them."""
    side = len(picture)
    mask: np.ndarray = quality.standing_out(quality.at_side(picture)).astype(np.uint8)
    mask = cv2.resize(mask, (side, side), interpolation=cv2.INTER_NEAREST)
    if rim:
        mask = cv2.dilate(mask, np.ones((2 * rim + 1, 2 * rim + 1), np.uint8))
    return mask.astype(bool)


def _moved(mask: np.ndarray, scale: float, middle: float) -> np.ndarray:
    """(2, 3) that brings a vessel, `scale` times as large, to a place across, its foot where it stood."""
    down, across = np.nonzero(mask)
    foot, centre = float(down.max()), float(across.mean())
    return np.array([[scale, 0, middle - scale * centre], [0, scale, foot - scale * foot]])


def _halves(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The left half of one picture's backdrop beside the right half of another's."""
    side = len(picture)
    rims = [np.concatenate([one[:, :4], one[:, -4:]], axis=1).astype(np.float32) for one in (picture, other)]
    left, right = (np.repeat(np.median(rim, axis=1)[:, None], side // 2, axis=1) for rim in rims)
    whole = np.concatenate([left, right], axis=1)
    return cv2.resize(whole, (side, side), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
