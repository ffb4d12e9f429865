"""How simulated runs answer: a right answer or a confusion, or the argmax of latent utilities.

Both draw the answers of a run from its effects on the classes, and give the macro-F1 that such runs have in an endless
test part. Effects and standard deviations are on the logit scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import special


@dataclass(frozen=True)
class ClassModel:
    """One task: class sizes (C,), base logits (C,), confusions (C, C) with zero diagonal and rows that sum to one."""

    sizes: np.ndarray
    base: np.ndarray
    confusion: np.ndarray

    @staticmethod
    def draw(sizes: np.ndarray, ease: float, rng: np.random.Generator) -> ClassModel:
        """Class difficulties and confusions for falling class sizes (C,)."""
        classes = len(sizes)
        # Rare classes are learnt from fewer photographs, so they are harder.
        base = 1.6 - 1.2 * np.linspace(0, 1, classes) + 0.5 * rng.standard_normal(classes)
        confusion = rng.dirichlet(np.full(classes, 0.5), classes) * sizes + 1e-3
        np.fill_diagonal(confusion, 0.0)
        return ClassModel(sizes, base + ease, confusion / confusion.sum(1, keepdims=True))


@dataclass(frozen=True)
class Spread:
    """Standard deviations of objects, of views around their object, and of what an arm makes of an object."""

    object: float
    view: float
    arm: float


class Response(Protocol):
    """How the runs of one task answer."""

    def expected(self, shift: float, effects: np.ndarray, offsets: np.ndarray, spread: float) -> float:
        """Macro-F1 over runs with `effects` (B, C), in a test part whose objects have `offsets` (G, 1 or C) in equal
        parts and a further normal deviation of `spread`."""

    def objects(self, rng: np.random.Generator, truth: np.ndarray, general: np.ndarray, rows: np.ndarray) -> Any:
        """What all runs share: objects of classes `truth` (n,) with `general` ease (n,), photographs `rows` (N,)."""

    def answers(
        self, rng: np.random.Generator, shown: Any, shift: float, effect: np.ndarray, extra: np.ndarray
    ) -> np.ndarray:
        """(A, S, N) int64 answers of an arm's runs. `effect` are its effects (N, A, S, C), `extra` (n,) what it makes
        of the objects besides."""


class Recognition:
    """A photograph is recognised with probability logistic(base of its class + effects + ease of object and view), else
    it is taken for another class, most often the one that its object resembles."""

    def __init__(self, model: ClassModel, spread: Spread) -> None:
        self.model, self.spread = model, spread
        self._tables: dict[float, np.ndarray] = {}

    def _recall(self, x: np.ndarray, further: float) -> np.ndarray:
        """E[logistic(x + N(0, s^2))] by Gauss-Hermite quadrature, tabulated."""
        if further not in self._tables:
            nodes, weights = np.polynomial.hermite_e.hermegauss(31)
            grid = np.arange(-16, 16.01, 0.005)
            spread = float(np.linalg.norm([self.spread.object, self.spread.view, self.spread.arm, further]))
            self._tables[further] = special.expit(grid[:, None] + spread * nodes) @ (weights / weights.sum())
        table = self._tables[further]
        place = (np.clip(x, -15.9, 15.9) + 16) * 200
        before = place.astype(np.int64)
        rest = place - before
        return (1 - rest) * table[before] + rest * table[before + 1]

    def expected(self, shift: float, effects: np.ndarray, offsets: np.ndarray, spread: float) -> float:
        x = self.model.base + shift + effects
        recall = np.mean([self._recall(x + offset, spread) for offset in offsets], axis=0)
        sizes = self.model.sizes
        hits = recall * sizes
        predicted = hits + ((1 - recall) * sizes) @ self.model.confusion
        return float((2 * hits / (sizes + predicted)).mean())

    def objects(self, rng: np.random.Generator, truth: np.ndarray, general: np.ndarray, rows: np.ndarray) -> Any:
        ease = self.spread.object * (np.sqrt(0.3) * general + np.sqrt(0.7) * rng.standard_normal(len(truth)))
        resembles = choose(self.model.confusion[truth], rng)
        labels = truth[rows]
        margin = self.model.base[labels] + ease[rows] + self.spread.view * rng.standard_normal(len(rows))
        return labels, rows, margin, resembles[rows]

    def answers(
        self, rng: np.random.Generator, shown: Any, shift: float, effect: np.ndarray, extra: np.ndarray
    ) -> np.ndarray:
        labels, rows, margin, resembles = shown
        own = np.take_along_axis(effect, labels[:, None, None, None], axis=3)[..., 0].transpose(1, 2, 0)
        lasting = (self.spread.arm * rng.standard_normal(len(extra)) + extra)[rows]
        logits = margin + lasting + own + shift
        answers = np.where(rng.random(logits.shape) < special.expit(logits), labels, -1)
        wrong = answers < 0
        chances = self.model.confusion[labels]
        other = choose(np.broadcast_to(chances, (*wrong.shape, chances.shape[1]))[wrong], rng)
        stays = rng.random(len(other)) < 0.7
        answers[wrong] = np.where(stays, np.broadcast_to(resembles, wrong.shape)[wrong], other)
        return answers


class Utilities:
    """The answer is the class of the highest utility: that of class k is its bias, the base logit if it is the right
    one, what object, view, arm and run make of k, and standard Gumbel noise (McFadden 1974). A run's effect on a class
    therefore gives it hits and false alarms at once.

    The expected score has no closed form; it is that of `PER_CLASS` objects of every class under `RUNS` of the runs.
    """

    PER_CLASS, RUNS = 150, 40

    def __init__(self, model: ClassModel, spread: Spread) -> None:
        self.model, self.spread = model, spread
        self._bias = 0.3 * np.log(model.sizes / model.sizes.mean())
        self._margin = model.base + np.log(max(len(model.sizes) - 1, 1))
        classes = len(model.sizes)
        rng = np.random.default_rng(79)
        self._truth = np.repeat(np.arange(classes), self.PER_CLASS)
        total = float(np.linalg.norm([spread.object, spread.view, spread.arm])) / np.sqrt(2)
        fixed = self._bias + total * rng.standard_normal((len(self._truth), classes))
        self._fixed = fixed + rng.gumbel(size=(self.RUNS, *fixed.shape))

    def expected(self, shift: float, effects: np.ndarray, offsets: np.ndarray, spread: float) -> float:
        classes, every = len(self.model.sizes), np.arange(len(self._truth))
        few = effects[np.linspace(0, len(effects) - 1, self.RUNS).astype(int)]
        confusion = np.zeros((self.RUNS, classes, classes))
        for run in range(self.RUNS):
            utility = self._fixed[run] + few[run]
            utility[every, self._truth] += self._margin[self._truth] + shift
            np.add.at(confusion[run], (self._truth, utility.argmax(1)), self.model.sizes[self._truth] / self.PER_CLASS)
        hits = confusion.diagonal(axis1=1, axis2=2)
        return float((2 * hits / (self.model.sizes + confusion.sum(1))).mean())

    def objects(self, rng: np.random.Generator, truth: np.ndarray, general: np.ndarray, rows: np.ndarray) -> Any:
        classes = len(self.model.sizes)
        own = self.spread.object / np.sqrt(2) * rng.standard_normal((len(truth), classes))
        fixed = self._bias + own[rows] + self.spread.view / np.sqrt(2) * rng.standard_normal((len(rows), classes))
        fixed[np.arange(len(rows)), truth[rows]] += self._margin[truth[rows]]
        return truth[rows], rows, fixed

    def answers(
        self, rng: np.random.Generator, shown: Any, shift: float, effect: np.ndarray, extra: np.ndarray
    ) -> np.ndarray:
        labels, rows, fixed = shown
        lasting = self.spread.arm / np.sqrt(2) * rng.standard_normal((len(extra), fixed.shape[1]))
        utility = effect + (fixed + lasting[rows])[:, None, None]
        utility += rng.gumbel(size=utility.shape)
        utility[np.arange(len(labels)), :, :, labels] += shift + extra[rows, None, None]
        return utility.argmax(3).transpose(1, 2, 0)


def choose(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) int64: one index for each row of probabilities (n, C)."""
    return (chances.cumsum(1) < rng.random((len(chances), 1))).sum(1).clip(max=chances.shape[1] - 1)
