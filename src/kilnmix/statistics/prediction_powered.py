"""Differences that use test photographs without a label: prediction-powered, through the linearised F1.

A difference of scores is, to first order, a sum over objects of psi(answers, truth) (`scores.linearised`). For an
object without a label nobody knows psi, but networks guess its class: psi-hat is the mean of psi over the guessed
chances. On the n labelled objects of a fold both are known, on its N unlabelled ones psi-hat alone. Then
(Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023; Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453; for
evaluating models Boyeau, Angelopoulos, Yosef, Malik and Jordan 2024, arXiv 2403.07008)

    delta' = delta + lambda (n/N sum_U psi-hat - sum_L psi-hat)

estimates the same, whatever the guesses are worth, provided that labels are missing at random: the unlabelled objects
are as the labelled ones. lambda is what makes the variance over objects smallest (power tuning), so no study is
expected to be worse for its unlabelled photographs:

    lambda = <psi, psi-hat>_W / (|psi-hat|_W^2 + |psi-hat|_B^2 + (n/N)^2 |psi-hat|_U^2), within [0, 1],

with W the sums of squares within classes, B that of the labelled objects' class means (which classes happen to be
labelled more often moves sum_L psi-hat), U that of the unlabelled objects. Where the whole variance, replicates
included, is not smaller than without, lambda is 0.

What cannot be had this way is a label that is missing for a reason. `differs` tells whether the networks' answers on
labelled and unlabelled objects look alike. Where sources are known, nothing is used: objects of one source are
alike, and what a further source would answer is not known from more objects of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from kilnmix.statistics import scores, variance
from kilnmix.statistics.scores import TaskOutcomes, Unlabelled
from kilnmix.statistics.variance import Components, Scope

LEAST = 20
"""Fewest unlabelled objects of a fold that are used."""
DIFFERENT = 0.01
"""p value below which labelled and unlabelled objects are taken to differ."""


@dataclass(frozen=True)
class Powered:
    """K differences of one task.

    Attributes:
        shift: (K,) float64, what the unlabelled objects add to the estimates.
        tuning: (K,) float64, lambda; 0 where they add nothing.
        components: the variances. `residuals` are over `objects`.
        objects: (m,) int64: labelled and unlabelled objects, and one negative number for each class.
    """

    shift: np.ndarray
    tuning: np.ndarray
    components: Components
    objects: np.ndarray


def differs(task: TaskOutcomes, unlabelled: Unlabelled) -> float:
    """p value of the hypothesis that labelled and unlabelled objects are of a kind: their guessed chances, class by
    class, by Welch's t over objects, the smallest times the number of classes (Bonferroni)."""
    labelled = _by_object(task.objects, task.weights, unlabelled.known)
    others = _by_object(unlabelled.objects, unlabelled.weights, unlabelled.chances)
    if min(len(labelled), len(others)) < 2:
        return 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.nan_to_num(stats.ttest_ind(labelled, others, equal_var=False).pvalue, nan=1.0)
    return float(min(1.0, p.min() * len(p)))


def used(task: TaskOutcomes) -> int:
    """The number of unlabelled objects that a task's differences use."""
    others = task.unlabelled
    return len(np.unique(others.objects)) if others is not None and usable(task, others) else 0


def usable(task: TaskOutcomes, unlabelled: Unlabelled) -> bool:
    """Whether some fold has enough unlabelled objects, they look like the labelled ones, and no source is known."""
    if task.sources is not None:
        return False
    pairs = np.unique(np.stack([unlabelled.objects, unlabelled.folds]), axis=1)
    enough = len(pairs[1]) > 0 and np.bincount(pairs[1]).max() >= LEAST
    return bool(enough) and differs(task, unlabelled) >= DIFFERENT


def powered(
    task: TaskOutcomes, unlabelled: Unlabelled, contrasts: Sequence[tuple[str, str, np.ndarray]], scope: Scope
) -> Powered:
    """The differences with the unlabelled objects.

    Args:
        contrasts: (arm, reference, (K,) class weights of the score).
    """
    whole = _joined(task, unlabelled)
    own, guessed = (np.stack(x) for x in zip(*(_parts(task, unlabelled, whole, *c) for c in contrasts), strict=True))
    first = np.unique(whole.objects, return_index=True)[1]
    strata, folds = whole.truth[first], whole.folds[first]
    labelled = strata < len(task.classes) + 1
    ratio = np.zeros(len(first))
    for fold in np.unique(folds):
        here = folds == fold
        others = int((here & ~labelled).sum())
        ratio[here] = (here & labelled).sum() / others if others >= LEAST else 0.0
    # Folds without enough unlabelled objects stay as they are.
    coefficient = np.where(labelled, np.where(ratio > 0, -1.0, 0.0), ratio)[None, :, None, None]
    guessed = guessed * coefficient
    between = _between(guessed.mean((2, 3)), strata, labelled)
    tuning = _tuning(own.mean((2, 3)), guessed.mean((2, 3)), strata, between)
    # The pseudo-object (`variance`) is one of the labelled objects: the last two strata are no classes of the score.
    weights = np.stack([np.concatenate([weights, np.zeros(2)]) for _, _, weights in contrasts])
    before = variance.decompose(own, whole, scope, weights)
    after = _with_classes(
        variance.decompose(own + tuning[:, None, None, None] * guessed, whole, scope, weights), tuning, between
    )
    better = _total(after) < _total(before)
    kept = np.where(better, tuning, 0.0)
    chosen = _with_classes(
        variance.decompose(own + kept[:, None, None, None] * guessed, whole, scope, weights), kept, between
    )
    names = -1 - np.arange(between.shape[1])
    return Powered(
        shift=kept * guessed.sum(1).mean((1, 2)),
        tuning=kept,
        components=chosen,
        objects=np.concatenate([whole.objects[first], names]),
    )


def _by_object(objects: np.ndarray, weights: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """(n, K): mean chances of each object's photographs."""
    _, inverse = np.unique(objects, return_inverse=True)
    total = np.bincount(inverse, weights)
    return np.stack([np.bincount(inverse, weights * column) / total for column in chances.T], axis=1)


def _joined(task: TaskOutcomes, unlabelled: Unlabelled) -> TaskOutcomes:
    """Labelled and unlabelled photographs as strata: the scored classes, one of the labelled objects of other classes,
    one of the unlabelled objects. Only their layout is used; truth means the stratum."""
    count = len(task.classes)
    inside = np.isin(task.truth, task.scored)
    return TaskOutcomes(
        task=task.task,
        classes=(*task.classes, "not scored", "not labelled"),
        scored=(*task.scored, count, count + 1),
        truth=np.concatenate([np.where(inside, task.truth, count), np.full(len(unlabelled.objects), count + 1)]),
        objects=np.concatenate([task.objects, unlabelled.objects]),
        folds=np.concatenate([task.folds, unlabelled.folds]),
        weights=np.concatenate([task.weights, unlabelled.weights]),
        predicted={
            arm: np.concatenate([task.predicted[arm], unlabelled.predicted[arm]], axis=2)
            for arm in task.predicted
            if arm in unlabelled.predicted
        },
        seeds=task.seeds,
    )


def _parts(
    task: TaskOutcomes, unlabelled: Unlabelled, whole: TaskOutcomes, arm: str, reference: str, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """psi, zero without a label of a scored class, and psi-hat: (m, A, S) float64 over the objects of `whole`."""
    ids = np.unique(whole.objects)
    own = np.zeros((len(ids), *task.predicted[arm].shape[:2]))
    rows = np.searchsorted(ids, np.unique(task.objects[task.kept]))
    own[rows] = scores.linearised(task, arm, weights) - scores.linearised(task, reference, weights)
    chances = np.concatenate([unlabelled.known, unlabelled.chances])
    guessed = _guessed(task, whole, arm, weights, chances) - _guessed(task, whole, reference, weights, chances)
    return own, guessed


def _guessed(task: TaskOutcomes, whole: TaskOutcomes, arm: str, weights: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """(m, A, S): psi-hat of one arm, linearised where `scores.linearised` does it: at the labelled counts."""
    counts = scores.count(task, arm)
    sizes = counts.sizes.mean((0, 1))
    safe = np.where(sizes > 0, sizes, 1.0)
    f1 = 2.0 * counts.hits.mean((0, 1)) / safe
    inside = np.zeros(len(task.classes))
    inside[list(task.scored)] = 1.0
    chances = chances * inside
    gain, owed, cost = 2.0 * weights / safe, weights * f1 / safe, np.append(weights * f1 / safe, 0.0)
    due, likely = chances @ owed, chances.sum(1)
    gains = np.concatenate([chances * gain, np.zeros((len(chances), 1))], axis=1)  # the last is what -1 finds
    _, inverse = np.unique(whole.objects, return_inverse=True)
    adapters, seeds, photographs = whole.predicted[arm].shape
    answers = whole.predicted[arm].reshape(-1, photographs)
    rows = np.arange(photographs)
    values = [np.bincount(inverse, whole.weights * (gains[rows, run] - due - likely * cost[run])) for run in answers]
    return np.stack(values, axis=1).reshape(-1, adapters, seeds)


def _between(guessed: np.ndarray, strata: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """(K, C): root(n_c) times the deviation of the labelled objects' class mean of psi-hat from their mean."""
    mean = guessed[:, labelled].mean(1)
    columns = [
        np.sqrt((strata == c).sum()) * (guessed[:, strata == c].mean(1) - mean) for c in np.unique(strata[labelled])
    ]
    return np.stack(columns, axis=1)


def _tuning(own: np.ndarray, guessed: np.ndarray, strata: np.ndarray, between: np.ndarray) -> np.ndarray:
    """(K,): lambda; own, guessed: (K, m) means over runs, the latter with the signs that they enter with."""
    product, square = np.zeros(len(own)), (between**2).sum(1)
    for c in np.unique(strata):
        here = strata == c
        if (count := here.sum()) > 1:
            a, b = (x[:, here] - x[:, here].mean(1, keepdims=True) for x in (own, guessed))
            product -= (a * b).sum(1) * count / (count - 1)
            square += (b**2).sum(1) * count / (count - 1)
    return np.clip(product / np.where(square > 0, square, 1.0), 0.0, 1.0)


def _with_classes(components: Components, tuning: np.ndarray, between: np.ndarray) -> Components:
    """Adds what the labelled objects' classes do to sum_L psi-hat."""
    columns = tuning[:, None] * between
    return replace(
        components,
        objects=components.objects + (columns**2).sum(1),
        residuals=np.concatenate([components.residuals, columns], axis=1),
    )


def _total(components: Components) -> np.ndarray:
    return np.maximum(components.objects - components.interaction, 0.0) + components.replicates
