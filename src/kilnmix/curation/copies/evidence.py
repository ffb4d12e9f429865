"""How much speaks for an image being a copy of a photograph that it was laid on. Pure.

Four correlations, each from -1 to 1: of edges, and of fine detail after the photograph's colours were brought to the
image's by the best linear map; each over the whole overlap, and without the cells that agree least, for a pasted patch
or a black corner says nothing about the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from kilnmix.curation.copies.structure import SIDE, mirrored, over_colours, structure
from kilnmix.curation.copies.views import overlap, sample

DETAIL = 3.0
"""Pixels: what a blur of this width takes away is detail."""
FAINT = 3.0
"""Grey levels: detail weaker than that counts little."""
CELL, DROPPED = 12, 0.3
"""Side of a cell in pixels; share of the photograph's cells, by weight, that may disagree."""
EDGE = 3
"""Pixels at the rim that are not compared."""
LEAST_OVERLAP = 0.3
CLOSEST = 0.999
UNLIKE = 0.05
"""Scores below it are not told apart: 0."""
WEIGHTS = np.array([[0.08, 0.23, 3.1, 2.86], [0.0, 1.22, 0.81, 2.85]])
BIAS = -13.0
"""Of the correlations: of a picture that is a copy throughout, and of one that is none in a part."""
NAMES = ("edges", "most edges", "detail", "most detail")


@dataclass(frozen=True)
class Sight:
    """What is correlated of a picture: structure and even detail, (SIDE, SIDE, 3) float32 each."""

    structure: np.ndarray
    detail: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray) -> Sight:
        return cls(structure(picture), _even(picture))

    def mirrored(self) -> Sight:
        return Sight(mirrored(self.structure), np.ascontiguousarray(self.detail[:, ::-1]))


def correlations(image: Sight, photograph: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(4,) float64 in the order of `NAMES`.

    Args:
        photograph: (SIDE, SIDE, 3) float32; place: of the image in the photograph.
    """
    inside = overlap(place, SIDE, EDGE)[..., None]
    if not _overlaps(inside):
        return np.full(len(NAMES), -1.0)
    there = sample(photograph, place, SIDE)
    return np.array([*_edges(image, there, inside), *_detail(image, there, inside)])


def likely(image: Sight, photograph: np.ndarray, place: np.ndarray) -> float:
    """`score` of the `correlations`; 0 where edges need not be looked at, because the score would be below `UNLIKE`
    however well they agree."""
    inside = overlap(place, SIDE, EDGE)[..., None]
    if not _overlaps(inside):
        return 0.0
    there = sample(photograph, place, SIDE)
    detail = _detail(image, there, inside)
    if score(np.array([1.0, 1.0, *detail])) < UNLIKE:
        return 0.0
    return score(np.array([*_edges(image, there, inside), *detail]))


def score(found: np.ndarray) -> float:
    """How likely a copy, 0 to 1, by a logistic function of the `correlations` (4,): the likelier of two ways to be one.

    The weights of a copy throughout were fitted once, by logistic regression, to planted copies and to pairs of
    different objects among photographs of ceramics and renders; those of a copy with a foreign part were chosen among a
    few by the same pairs. Where the line is drawn, each collection's own photographs say (`calibration`).
    """
    unlike = -np.log(1 - np.clip(found, 0.0, CLOSEST))
    return float(1 / (1 + np.exp(-((WEIGHTS @ unlike).max() + BIAS))))


def _overlaps(inside: np.ndarray) -> bool:
    return bool(inside.sum() >= LEAST_OVERLAP * SIDE * SIDE)


def _edges(image: Sight, there: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """The first two correlations, with the photograph's part (SIDE, SIDE, 3) on which the image lies."""
    edges = [each * inside for each in (image.structure, structure(there))]
    for values in edges:
        values[..., 0] -= values[..., 0].sum() / inside.sum() * inside[..., 0]
    return _correlated(*edges)


def _detail(image: Sight, there: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """The last two correlations."""
    ours, theirs = ((each * inside).reshape(-1, 3) for each in (image.detail, _even(there)))
    square = theirs.T @ theirs
    colours = np.linalg.solve(square + np.eye(3) * (1e-2 * np.trace(square) / 3 + 1e-6), theirs.T @ ours)
    shape = (SIDE, SIDE, 3)
    return _correlated(ours.reshape(shape), (theirs @ colours).reshape(shape))


def _even(picture: np.ndarray) -> np.ndarray:
    """Detail, equally strong everywhere."""
    detail = picture - cv2.GaussianBlur(picture, (0, 0), DETAIL)
    nearby = cv2.GaussianBlur(over_colours(detail * detail), (0, 0), 1.5 * DETAIL)
    return detail / (np.sqrt(nearby) + FAINT)[..., None]


def _correlated(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Correlation over all cells, and over those that agree best."""
    across, own, other = (_cells(over_colours(a * b)) for a, b in ((ours, theirs), (ours, ours), (theirs, theirs)))
    agreement = across / np.sqrt(own * other + 1e-6)
    order = np.argsort(agreement)
    weight = other[order].cumsum()
    kept = order[weight > DROPPED * weight[-1]]
    return _ratio(across, own, other), _ratio(across[kept], own[kept], other[kept])


def _ratio(across: np.ndarray, own: np.ndarray, other: np.ndarray) -> float:
    return float(across.sum() / np.sqrt(own.sum() * other.sum() + 1e-9))


def _cells(values: np.ndarray) -> np.ndarray:
    count = SIDE // CELL
    return values.reshape(count, CELL, count, CELL).sum((1, 3)).ravel()
