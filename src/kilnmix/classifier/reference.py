"""The collection as a trained model sees it: what tells a picture that is unlike it, and which photographs are nearest.

A picture's distance is 1 less the mean cosine to the nearest photograph of each of the `NEAREST` nearest objects (by
nearest neighbours: Sun et al. 2022, 2204.06507). The features are those of the untouched backbone where the model has a
probe: it learnt from none of the photographs, so a photograph's distance to the *other* objects is distributed as that
of a new object of the same kind, and the quantile of these distances is a threshold that calls a stated share of such
objects unlike. Without a probe the features are the tuned network's, to which its own photographs look nearer than new
ones do: the share is then a lower bound.

Features may be ten thousands of numbers. They are folded into `WIDTH` by adding up signed numbers of random groups,
which keeps inner products on the average (count sketch: Weinberger et al. 2009, 0902.2206).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from kilnmix.common import seeds
from kilnmix.common.errors import UserError
from kilnmix.statistics import conformal

NAME = "reference.safetensors"
WIDTH, NEAREST = 512, 3
RATE = 0.05
"""The share of objects like those of the collection that are called unlike it."""
_BLOCK = 1024


@dataclass(frozen=True)
class Folding:
    """(n, F) features -> (n, WIDTH): each standardised over the collection, then groups of signed features added up.

    Attributes:
        mean, scale: (F,) float32.
        order: (F,) int64, features by group; signs: (F,) int8 in that order; starts: where each group begins.
    """

    mean: np.ndarray
    scale: np.ndarray
    order: np.ndarray
    signs: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> Folding:
        """For the (n, F) features of a collection."""
        count = features.shape[1]
        mean, deviation = features.mean(axis=0), features.std(axis=0)
        rng = seeds.rng(0, "folding", count)
        groups = np.sort(np.arange(count) % min(WIDTH, count))
        order = rng.permutation(count)
        signs = rng.choice(np.array([-1, 1], np.int8), count)
        scale = np.where(deviation > 1e-8, deviation, 1.0)
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        return cls(mean.astype(np.float32), scale.astype(np.float32), order, signs, starts)

    def apply(self, features: np.ndarray) -> np.ndarray:
        """(n, F) -> (n, groups) float32 of length 1."""
        standard = (features.astype(np.float32) - self.mean) / self.scale
        signed = standard[:, self.order] * self.signs
        folded = np.add.reduceat(signed, self.starts, axis=1)
        length = np.linalg.norm(folded, axis=1, keepdims=True)
        return np.asarray(folded / np.maximum(length, 1e-12), np.float32)


@dataclass(frozen=True)
class Reference:
    """The photographs that a model learnt from.

    Attributes:
        folding: of features.
        vectors: (n, WIDTH) float16 of length 1.
        objects: (n,) int64.
        ids: (n,) names of the photographs.
        threshold: the largest distance of a picture that is like the collection; infinity where there are too few
            objects to say.
    """

    folding: Folding
    vectors: np.ndarray
    objects: np.ndarray
    ids: tuple[str, ...]
    threshold: float

    @classmethod
    def of(cls, features: np.ndarray, objects: np.ndarray, ids: Sequence[str], rate: float = RATE) -> Reference:
        """From (n, F) features of a collection's photographs.

        Args:
            rate: share of objects of the same kind whose photographs lie beyond the threshold.
        """
        folding = Folding.of(features)
        vectors = folding.apply(features).astype(np.float16)
        made = cls(folding, vectors, np.asarray(objects, np.int64), tuple(map(str, ids)), float("inf"))
        own = made._distances(vectors.astype(np.float32), made.objects)
        known = np.isfinite(own)
        threshold = conformal.threshold(own[known], made.objects[known], rate)
        return cls(folding, vectors, made.objects, made.ids, threshold)

    def unlike(self, features: np.ndarray) -> np.ndarray:
        """(m,) bool of (m, F) features: whether a picture lies farther off than the threshold."""
        return self.distances(features) > self.threshold

    def distances(self, features: np.ndarray) -> np.ndarray:
        """(m,) float64 in [0, 2] of (m, F) features."""
        return self._distances(self.folding.apply(features), None)

    def nearest(self, features: np.ndarray, count: int) -> np.ndarray:
        """(m, k) int64 rows of the nearest photographs of k <= `count` different objects, the nearest first."""
        cosines = self._cosines(self.folding.apply(features))
        chosen = []
        for row in cosines:
            best = self._best(row)
            chosen.append(best[np.argsort(-row[best], kind="stable")][:count])
        return np.array(chosen, np.int64).reshape(len(cosines), -1)

    def _cosines(self, vectors: np.ndarray) -> np.ndarray:
        return np.asarray(vectors @ self._single.T)

    @cached_property
    def _single(self) -> np.ndarray:
        return self.vectors.astype(np.float32)

    @cached_property
    def _by_object(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows object by object, and where each object's begin."""
        order = np.argsort(self.objects, kind="stable")
        return order, np.flatnonzero(np.diff(self.objects[order], prepend=self.objects.min() - 1))

    def _best(self, cosines: np.ndarray) -> np.ndarray:
        """(objects,) the row of the nearest photograph of each object, of (n,) cosines."""
        order, starts = self._by_object
        ends = [*starts[1:], len(order)]
        return np.array([order[a + int(cosines[order[a:b]].argmax())] for a, b in zip(starts, ends, strict=True)])

    def _distances(self, vectors: np.ndarray, without: np.ndarray | None) -> np.ndarray:
        """Of (m, WIDTH) vectors; `without` are the objects (m,) that do not count for each."""
        order, starts = self._by_object
        found = np.empty(len(vectors))
        for start in range(0, len(vectors), _BLOCK):
            cosines = self._cosines(vectors[start : start + _BLOCK])
            nearest = np.maximum.reduceat(cosines[:, order], starts, axis=1)
            if without is not None:
                own = np.searchsorted(self.objects[order][starts], without[start : start + _BLOCK])
                nearest[np.arange(len(nearest)), own] = -np.inf
            count = min(NEAREST, nearest.shape[1] - (without is not None))
            top = np.sort(nearest, axis=1)[:, nearest.shape[1] - count :] if count > 0 else nearest[:, :0]
            found[start : start + _BLOCK] = 1 - top.mean(axis=1) if count > 0 else np.inf
        return found

    def write(self, folder: Path) -> None:
        """Writes reference.safetensors; it holds no pixels."""
        from safetensors.numpy import save_file

        arrays = {
            "vectors": self.vectors,
            "objects": self.objects,
            "mean": self.folding.mean,
            "scale": self.folding.scale,
            "order": self.folding.order.astype(np.int64),
            "signs": self.folding.signs,
            "starts": self.folding.starts.astype(np.int64),
            "threshold": np.array([self.threshold]),
        }
        save_file(
            {name: np.ascontiguousarray(value) for name, value in arrays.items()},
            folder / NAME,
            metadata={"ids": json.dumps(self.ids, ensure_ascii=False)},
        )


def read(folder: Path, remedy: str) -> Reference | None:
    """What `Reference.write` wrote; None where a model has none, as before there were any.

    Args:
        remedy: the sentence that says how to have a damaged file back.

    Raises:
        UserError: the file is damaged.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            values = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dictionary)
            ids = tuple(map(str, json.loads(file.metadata()["ids"])))
        folding = Folding(values["mean"], values["scale"], values["order"], values["signs"], values["starts"])
        vectors, objects = values["vectors"], values["objects"]
        if not len(vectors) == len(objects) == len(ids) > 0 or vectors.shape[1:] != folding.starts.shape:
            raise ValueError("its parts do not fit each other")
        return Reference(folding, vectors, objects, ids, float(values["threshold"][0]))
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, IndexError) as error:
        raise UserError(f"{path} cannot be read ({' '.join(str(error).split())[:200]}). {remedy}") from error
