"""The variance components, by analysis of variance, by statsmodels, by resampling."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.sandwich_covariance import cov_cluster

from kilnmix.statistics import variance
from kilnmix.statistics.scores import TaskOutcomes, linearised, score


def design(classes: np.ndarray, folds: np.ndarray | None = None, adapters: int = 1, seeds: int = 3) -> TaskOutcomes:
    """A task with one photograph an object; what was predicted doesn't matter."""
    size = len(classes)
    return TaskOutcomes(
        task="kiln",
        classes=tuple(f"k{c}" for c in range(classes.max() + 1)),
        scored=tuple(range(classes.max() + 1)),
        truth=classes,
        objects=np.arange(size),
        folds=np.zeros(size, int) if folds is None else folds,
        weights=np.ones(size),
        predicted={"real": np.zeros((adapters, seeds, size), int)},
    )


def test_one_class_is_the_two_way_analysis_of_variance() -> None:
    rng = np.random.default_rng(0)
    n, runs = 30, 4
    x = rng.normal(size=(n, 1)) + rng.normal(size=(1, runs)) + rng.normal(size=(n, runs))
    x -= x.mean()
    found = variance.decompose(x.reshape(1, n, 1, runs), design(np.zeros(n, int), seeds=runs), "adapter")
    rows, columns = x.mean(1), x.mean(0)
    ms_rows = runs * (rows**2).sum() / (n - 1)
    ms_columns = n * (columns**2).sum() / (runs - 1)
    ms_rest = ((x - rows[:, None] - columns[None]) ** 2).sum() / ((n - 1) * (runs - 1))
    # The variance of a sum over n objects of means over the runs is n^2 times that of the grand mean.
    assert found.objects[0] == pytest.approx(n * ms_rows / runs)
    assert found.replicates[0] == pytest.approx(n * ms_columns / runs)
    assert found.interaction[0] == pytest.approx(n * ms_rest / runs)
    assert found.classwise[0] == pytest.approx(found.replicates[0])
    assert found.df_replicates == runs - 1


def test_clusters_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(1)
    n, runs = 40, 5
    x = rng.normal(size=(n, 1)) + rng.normal(size=(1, runs)) + rng.normal(size=(n, runs))
    x -= x.mean()
    found = variance.decompose(x.reshape(1, n, 1, runs), design(np.zeros(n, int), seeds=runs), "adapter")
    fit = sm.OLS(x.ravel(), np.ones(n * runs)).fit()
    by_object = cov_cluster(fit, np.repeat(np.arange(n), runs), use_correction=False)[0, 0]
    by_run = cov_cluster(fit, np.tile(np.arange(runs), n), use_correction=False)[0, 0]
    assert found.objects[0] == pytest.approx(n**2 * by_object * n / (n - 1))
    assert found.replicates[0] == pytest.approx(n**2 * by_run * runs / (runs - 1))


@pytest.mark.parametrize("scope", ["adapter", "procedure"])
def test_unbiased_with_classes_folds_and_nested_seeds(scope: variance.Scope) -> None:
    """Known components: objects 1, adapter x class 0.3, seed x class 0.2, noise 1; estimated is a sum over objects."""
    rng = np.random.default_rng(2)
    classes = np.repeat([0, 1, 2], [24, 12, 6])
    folds = np.arange(42) % 2
    adapters, seeds = 3, 2
    task = design(classes, folds, adapters, seeds)
    estimates, truths = [], []
    for _ in range(1500):
        objects = rng.normal(size=(42, 1, 1))
        effects = np.sqrt(0.3) * rng.normal(size=(2, adapters, 1, 3)) * (scope == "procedure")
        effects = effects + np.sqrt(0.2) * rng.normal(size=(2, adapters, seeds, 3))
        x = objects + effects[folds, :, :, classes] + rng.normal(size=(42, adapters, seeds))
        truths.append(x.mean((1, 2)).sum())
        c = variance.decompose(x[None], task, scope)
        estimates.append(c.objects[0] - c.interaction[0] + c.replicates[0])
    assert np.mean(estimates) == pytest.approx(np.var(truths), rel=0.1)


def test_folds_with_one_adapter_each_are_the_replicates() -> None:
    rng = np.random.default_rng(3)
    classes, folds = np.repeat([0, 1], 20), np.tile(np.arange(4), 10)
    x = rng.normal(size=(1, 40, 1, 2))
    found = variance.decompose(x, design(classes, folds, 1, 2), "procedure")
    means = x.mean((0, 2, 3))
    centred = means - np.array([means[classes == c].mean() for c in (0, 1)])[classes]
    sums = np.array([centred[folds == f].sum() for f in range(4)])
    assert found.replicates[0] == pytest.approx(4 / 3 * (sums**2).sum())
    assert found.interaction[0] == pytest.approx(found.objects[0])
    assert found.df_replicates == 3


def test_resampling_objects_gives_the_objects_component() -> None:
    rng = np.random.default_rng(4)
    classes = np.repeat([0, 1, 2], [300, 150, 60])
    task = design(classes, seeds=2)
    answers = {
        arm: np.where(rng.random((1, 2, 510)) < 0.7, classes, rng.integers(0, 3, 510)) for arm in ("mix", "real")
    }
    task = TaskOutcomes(**(vars(task) | {"predicted": answers}))
    parts = linearised(task, "mix", task.macro()) - linearised(task, "real", task.macro())
    found = variance.decompose(parts[None], task, "adapter")
    drawn = []
    for _ in range(600):
        rows = np.concatenate([rng.choice(np.flatnonzero(classes == c), (classes == c).sum()) for c in range(3)])
        again = TaskOutcomes(**(vars(design(classes)) | {"predicted": {a: x[:, :, rows] for a, x in answers.items()}}))
        drawn.append(score(again, "mix") - score(again, "real"))
    assert np.var(drawn) == pytest.approx(found.objects[0], rel=0.15)


def test_degrees_of_freedom_and_scope() -> None:
    classes, folds = np.repeat([0, 1], 30), np.arange(60) % 5
    one = np.zeros(60, int)
    assert variance.replicate_df(design(classes, one, 1, 3), "adapter") == 2
    assert variance.replicate_df(design(classes, one, 5, 2), "procedure") == 4
    assert variance.replicate_df(design(classes, folds, 2, 1), "procedure") == 5
    assert variance.widest_scope(design(classes, one, 1, 3)) == "adapter"
    assert variance.widest_scope(design(classes, one, 2, 3)) == "adapter"
    assert variance.widest_scope(design(classes, one, 3, 1)) == "procedure"
    assert variance.widest_scope(design(classes, folds, 1, 1)) == "procedure"
    with pytest.raises(ValueError, match="no replicates"):
        variance.decompose(np.zeros((1, 60, 1, 1)), design(classes, one, 1, 1), "adapter")


def test_a_pseudo_object_where_nothing_differs() -> None:
    classes = np.repeat([0, 1, 2, 3], [25, 10, 5, 5])
    weights = np.array([[0.25] * 4, [0, 0, 1, 0]])
    found = variance.decompose(np.zeros((2, 45, 1, 3)), design(classes), "adapter", weights)
    # One of 45 objects, of class c with chance n_c / 45, moves the score by 1 / (4 n_c); one of the five by 1/5.
    by_hand = (1 / 25 + 1 / 10 + 1 / 5 + 1 / 5) / 16 / 45
    assert found.objects == pytest.approx([by_hand, 1 / 25])
    assert found.df_objects.tolist() == pytest.approx([3.0, 3.0])
    assert stats.t.isf(0.025, 3) > -np.log(0.05)  # holds the count of which none is seen
    assert variance.decompose(np.zeros((1, 45, 1, 3)), design(classes), "adapter").objects[0] == 0.0


def test_a_pseudo_object_has_coverage_where_few_objects_differ() -> None:
    """All differing objects to one side, Poisson counts: k +- t sqrt(k + 1), t with 2 (k + 1)^2 / (k + 2/3) degrees of
    freedom, holds the expected count in nearly 95 %, and without the pseudo-object in far fewer."""
    k = np.arange(200)
    half = stats.t.isf(0.025, 2 * (k + 1) ** 2 / (k + 2 / 3)) * np.sqrt(k + 1)
    bare = stats.t.isf(0.025, np.maximum(2 * k, 1)) * np.sqrt(k)
    for expected in (0.5, 1.0, 2.0, 3.1, 5.0, 8.0, 20.0):
        chance = stats.poisson.pmf(k, expected)
        assert chance[np.abs(k - expected) <= half].sum() > 0.93
    assert stats.poisson.pmf(k, 1.0)[np.abs(k - 1.0) <= bare].sum() < 0.7


def test_objects_of_eight_sources_are_clustered() -> None:
    rng = np.random.default_rng(6)
    classes, sources = np.zeros(80, int), np.arange(80) % 8
    x = (rng.normal(size=8)[sources] + 0.1 * rng.normal(size=80))[None, :, None, None] * np.ones((1, 1, 1, 3))
    task = dataclasses.replace(design(classes), sources=sources)
    found = variance.decompose(x, task, "adapter")
    centred = x[0, :, 0, 0] - x.mean()
    sums = np.array([centred[sources == g].sum() for g in range(8)])
    assert found.objects[0] == pytest.approx(8 / 7 * (sums**2).sum())
    assert found.df_objects[0] <= 7
    plain = variance.decompose(x, design(classes), "adapter")
    few = variance.decompose(x, dataclasses.replace(task, sources=sources % 7), "adapter")
    assert few.objects[0] == plain.objects[0] < found.objects[0]
    # Sources that do not matter never make it smaller.
    still = variance.decompose(rng.normal(size=(1, 80, 1, 3)), task, "adapter").objects[0]
    assert still >= variance.decompose(x * 0, design(classes), "adapter").objects[0]
