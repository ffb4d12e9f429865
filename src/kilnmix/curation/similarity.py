"""Copies: how near a picture is to photographs, and from when on that is too near. Pure."""

from __future__ import annotations

import numpy as np

SIDE = 16
_BLOCK = 128
"""Pictures that are turned into floats together: a pool of thousands at 512 pixels would take ten gigabytes at once."""


def descriptors(pixels: np.ndarray) -> np.ndarray:
    """(n, D) float32 of unit length: small colour pictures with their mean taken off.

    The dot product of two is the correlation of the pictures at 16 by 16 pixels: 1 for a picture and itself, whatever
    its brightness and contrast.

    Args:
        pixels: (n, S, S, 3) uint8, S at least 16.
    """
    blocks = [_described(pixels[start : start + _BLOCK]) for start in range(0, len(pixels), _BLOCK)]
    return np.concatenate(blocks) if blocks else np.empty((0, SIDE * SIDE * 3), np.float32)


def _described(pixels: np.ndarray) -> np.ndarray:
    side = pixels.shape[1]
    edges = np.linspace(0, side, SIDE + 1).round().astype(int)
    rows = np.add.reduceat(pixels.astype(np.float32), edges[:-1], axis=1)
    small = np.add.reduceat(rows, edges[:-1], axis=2)
    widths = np.diff(edges).astype(np.float32)
    small /= (widths[:, None] * widths[None, :])[None, :, :, None]
    flat = small.reshape(len(pixels), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def mirrored(pixels: np.ndarray) -> np.ndarray:
    """The pictures (n, S, S, 3) seen in a mirror."""
    return pixels[:, :, ::-1]


def nearest(ours: np.ndarray, ours_mirrored: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every picture its nearest one among others, itself or its mirror image being compared.

    Args:
        ours, ours_mirrored: (n, D) descriptors; theirs: (m, D).

    Returns:
        (n,) row of the nearest of theirs, (n,) float32 similarity.
    """
    similarity = np.maximum(ours @ theirs.T, ours_mirrored @ theirs.T)
    best = similarity.argmax(axis=1)
    return best, similarity[np.arange(len(ours)), best]


def nearest_other_object(ours: np.ndarray, ours_mirrored: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """(n,) float32 similarity of each photograph to the nearest photograph of another object, objects (n,)."""
    similarity = np.maximum(ours @ ours.T, ours_mirrored @ ours.T)
    similarity[objects[:, None] == objects[None, :]] = -1.0
    return similarity.max(axis=1)


def threshold(similarities: np.ndarray, quantile: float, least: float) -> float:
    """From which similarity on a picture counts as a copy: beyond a quantile of what different real objects reach.

    Vessels of one type look alike, so a fixed number would call honest images copies in one collection and miss copies
    in another. Never below `least`.
    """
    if not len(similarities):
        return least
    return float(max(np.quantile(similarities, quantile), least))
