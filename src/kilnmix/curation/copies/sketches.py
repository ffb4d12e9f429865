"""Small descriptors of many views, by which the photographs that an image may be a copy of are found. Pure.

A sketch is the structure of a view at 12 by 12 points, in the directions in which the photographs' own sketches differ
most (principal components), of unit length: the product of two is their similarity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from kilnmix.curation.copies import views
from kilnmix.curation.copies.structure import SIDE, mirrored

POINTS, WIDTH = 12, 128
SAMPLE = 4000
"""Sketches from which the directions are found."""
TILE = 512
"""Photographs that a block of images is compared with at once."""


@dataclass(frozen=True)
class Candidate:
    """A photograph that an image may be a copy of: its row, whether in a mirror, the rough place, the similarity."""

    row: int
    flipped: bool
    place: np.ndarray
    similarity: float


@dataclass(frozen=True)
class Sketches:
    """Of n photographs: (n, V, WIDTH) float32 sketches of their views, 13 kB a photograph, and the directions."""

    values: np.ndarray
    directions: np.ndarray

    @classmethod
    def draw(cls, structures: Iterable[np.ndarray]) -> Sketches:
        """Of photographs' structures (SIDE, SIDE, 3) float32, one after the other."""
        whole = [_views(structure, views.PHOTOGRAPH).astype(np.float16) for structure in structures]
        if not whole:
            return cls(np.empty((0, len(views.PHOTOGRAPH), WIDTH), np.float32), np.eye(POINTS * POINTS * 3)[:, :WIDTH])
        stacked = np.stack(whole)
        flat = stacked.reshape(-1, stacked.shape[2])
        chosen = flat[:: max(1, len(flat) // SAMPLE)].astype(np.float32)
        directions = np.linalg.eigh(chosen.T @ chosen)[1][:, -WIDTH:].astype(np.float32)
        return cls(np.stack([_unit(part.astype(np.float32) @ directions) for part in stacked]), directions)

    def candidates(self, structures: Sequence[np.ndarray], most: int, least: float) -> list[list[Candidate]]:
        """For each image the most similar photographs, the most similar first.

        As it is and in a mirror an image is laid on a photograph in two ways, of which the less similar may be the
        right one: they are two candidates.

        Args:
            structures: of a block of images, (SIDE, SIDE, 3) each.
            most: candidates an image; least: similarity of a candidate.
        """
        asked = np.stack([self._asked(each) for each in structures])
        flat = asked.reshape(-1, asked.shape[2])
        best = np.empty((len(asked), 2, len(self.values)), np.float32)
        for start in range(0, len(self.values), TILE):
            part = self.values[start : start + TILE]
            # View by view: the largest of a few numbers that lie side by side takes longer than the products.
            each = flat @ part[:, 0].T
            for view in range(1, part.shape[1]):
                np.maximum(each, flat @ part[:, view].T, out=each)
            best[:, :, start : start + TILE] = each.reshape(len(asked), 2, -1, len(part)).max(axis=2)
        listed = []
        for mine, similar in zip(asked, best.reshape(len(asked), -1), strict=True):
            last = np.partition(similar, -most)[-most] if most < len(similar) else -np.inf
            first = np.flatnonzero(similar >= max(last, least))
            order = first[np.argsort(-similar[first], kind="stable")][:most]
            ways = (divmod(way, len(self.values)) for way in order.tolist())
            listed.append([self._candidate(mine, row, bool(flipped)) for flipped, row in ways])
        return listed

    def ways(self, structure: np.ndarray, row: int) -> list[Candidate]:
        """How an image is laid on one photograph to begin with, whether it is like it or not: as it is, in a mirror."""
        asked = self._asked(structure)
        return [self._candidate(asked, row, flipped) for flipped in (False, True)]

    def _candidate(self, asked: np.ndarray, row: int, flipped: bool) -> Candidate:
        own = asked[len(views.IMAGE) :] if flipped else asked[: len(views.IMAGE)]
        similarity = own @ self.values[row].T
        view, theirs = divmod(int(similarity.argmax()), similarity.shape[1])
        place = views.between(views.IMAGE[view], views.PHOTOGRAPH[theirs])
        return Candidate(row, flipped, place, float(similarity.max()))

    def _asked(self, image: np.ndarray) -> np.ndarray:
        both = np.concatenate([_views(each, views.IMAGE) for each in (image, mirrored(image))])
        return _unit(both @ self.directions)


def _views(structure: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
    """(V, POINTS * POINTS * 3) float32 of unit length."""
    blurred = cv2.GaussianBlur(structure, (0, 0), 0.45 * SIDE / POINTS)
    seen = np.stack([views.sample(blurred, place, POINTS) for place in places])
    seen[..., 0] -= seen[..., 0].mean(axis=(1, 2), keepdims=True)
    return _unit(seen.reshape(len(places), -1))


def _unit(values: np.ndarray) -> np.ndarray:
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)
