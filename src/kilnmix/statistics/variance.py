"""How far a difference between arms would move with other test objects and other training replicates.

A contrast is a difference of scores, linearised to one number for each object and run (`scores.linearised`). Objects
and replicates are crossed: every replicate of a fold predicts every test object of the fold. The variance of the
contrast is therefore, as for two-way clustering (Cameron, Gelbach and Miller 2011, eq. 2.11),

    V = V_objects + V_replicates - V_interaction.

V_objects: squared object means over the replicates, centred within the object's class and scaled by n_c / (n_c - 1),
since the list of classes and their test objects are fixed by the split (stratified sampling, Cochran 1977, sec. 5.6).
V_interaction: what the replicates' own noise adds to V_objects, by the same formula. V_replicates: the variance of the
mean over replicates, given these objects; folds add up, as no replicate and no object is in two of them.

No variance seen is not taken for none. To V_objects one pseudo-object is added whose answer changes, somewhere among
the n objects that the score rests on: sum_c (n_c / n) (v_c / n_c)^2 with v_c the weight of class c. Where nothing
differs it is all there is, with PSEUDO_DF = 3 degrees of freedom: t = 3.18 standard errors hold -log(0.05) = 3.00, the
most objects of which none is seen in 5 % of the samples ("rule of three", Hanley and Lippman-Hand 1983).

Objects of one source (museum) are alike. From MIN_SOURCES sources on, V_objects is at least G / (G - 1) times the
summed squares of the sources' sums, with no more than G - 1 degrees of freedom.

With few replicates V_replicates is hardly known: three seeds give two degrees of freedom, and a simultaneous interval
some thirty points wide. It is therefore moderated as in Smyth (2004, "Linear models and empirical Bayes methods"):

    V' = (d0 * r * V_classwise + d * V_replicates) / (d0 + d).

V_classwise adds up the replicates' deviations class by class, as if a replicate's effect on one class told nothing
about the next; with C classes it has nearly C times the degrees of freedom. Where seeds are the replicates it leans, by
the same formula, on the mean over the arms of its task, which are all trained with the same seeds. Effects that classes
share make r = 1 + (C_eff - 1) rho, C_eff = df(V_classwise) / df. The correlation rho is pooled over contrasts and
tasks, sum (V_replicates / V_classwise - 1) / sum (C_eff - 1), and drawn towards PRIOR_CORRELATION, which counts as much
as PRIOR_PAIRS pairs of arms: two arms hardly tell it.

d0 says how well r * V_classwise is known: 1/d0 = x^2 (1/PRIOR_DF + 1/((arms - 2) d)) + 1/df(V_classwise). PRIOR_DF is
how alike contrasts are, (arms - 2) d what the arms other than the two compared tell of r. Both concern only the part x
of V_replicates that is not the objects' own noise in each run: that noise is V_interaction, and well known. A
comparison that stands alone borrows nothing.

V = V_objects - V_interaction + V', and never less than V_objects. Degrees of freedom follow Satterthwaite (1946), and
are at least those of the poorer part: where objects and interaction cancel they would fall below. Those of V_objects
take the heavier tails of sparse differences into account: 2 V^2 / Var(V) with the fourth moments of the object means
(O'Neill 2014), but at most those of the class-wise variances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kilnmix.statistics.scores import TaskOutcomes

Scope = Literal["adapter", "procedure"]

PSEUDO_DF = 3.0
MIN_SOURCES = 8
PRIOR_DF = 16.0
"""How alike the ratios V_replicates / V_classwise of different contrasts are taken to be, as degrees of freedom. Larger
gives narrower intervals and trusts more (docs/method.md)."""
PRIOR_CORRELATION, PRIOR_PAIRS = 0.5, 1.5
"""What is taken for the correlation of a replicate's effects over classes, and how many pairs of arms that is worth."""


@dataclass(frozen=True)
class Components:
    """Variance components of K contrasts of one task, in squared units of the score.

    Attributes:
        objects, interaction, replicates, classwise: (K,) float64, as the module says.
        df_objects, df_classwise: (K,) float64 degrees of freedom.
        df_replicates: degrees of freedom of `replicates`, the same for all contrasts.
        residuals: (K, n) float64; their inner products are the covariances over objects.
        between: the folds are the replicates, so that `interaction` is no noise of runs.
    """

    objects: np.ndarray
    interaction: np.ndarray
    replicates: np.ndarray
    classwise: np.ndarray
    df_objects: np.ndarray
    df_classwise: np.ndarray
    df_replicates: float
    residuals: np.ndarray
    between: bool = False


@dataclass(frozen=True)
class Variance:
    """Variance (K,) of each contrast and its degrees of freedom (K,); df is 1 where the variance is 0."""

    value: np.ndarray
    df: np.ndarray


def replicate_df(outcomes: TaskOutcomes, scope: Scope) -> int:
    """Degrees of freedom that the study has for run variance, 0 if it can't tell.

    `procedure`: adapters are the replicates, A - 1 in each fold; with one adapter a fold, the folds are, F - 1.
    `adapter`: classifier seeds are the replicates, S - 1 for each adapter of each fold.
    """
    adapters, seeds = outcomes.runs
    folds = len(np.unique(outcomes.object_folds))
    if scope == "adapter":
        return folds * adapters * (seeds - 1)
    return folds * (adapters - 1) if adapters > 1 else folds - 1


def widest_scope(outcomes: TaskOutcomes) -> Scope:
    """`procedure` from three adapters on (all folds together) that leave two degrees of freedom, else `adapter`."""
    return "procedure" if replicate_df(outcomes, "procedure") >= 2 else "adapter"


def _squares(values: np.ndarray) -> np.ndarray:
    return (values**2).sum(-1)


def _object_spread(residuals: np.ndarray, member: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(K,) variance of the summed squares of (K, n) residuals in classes given by member (n, C)."""
    within = residuals**2 @ member
    spread = (residuals**4 @ member - within**2 / np.maximum(sizes, 1)).sum(1)
    normal = (within**2 / np.maximum(sizes - 1, 1)).sum(1)
    return np.maximum(spread, 2 * normal)


def _pseudo_object(class_weights: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(K,) variance that one object whose answer changes adds; class_weights (K, C), sizes (C,) objects."""
    used = (class_weights != 0) & (sizes > 0)
    total = np.maximum((used * sizes).sum(1), 1)
    return np.asarray((used * class_weights**2 / np.maximum(sizes, 1)).sum(1) / total)


def _by_source(centred: np.ndarray, sources: np.ndarray | None) -> tuple[np.ndarray, float]:
    """(K,) variance over sources of (K, n) centred object means, and its degrees of freedom; zeros with too few."""
    numbers, inverse = np.unique(sources, return_inverse=True) if sources is not None else (np.empty(0), np.empty(0))
    count = len(numbers)
    if count < MIN_SOURCES:
        return np.zeros(len(centred)), 1.0
    sums = centred @ np.eye(count)[inverse]
    return count / (count - 1) * _squares(sums), count - 1.0


def _of_objects(
    seen: np.ndarray, spread: np.ndarray, pseudo: np.ndarray, by_source: np.ndarray, df_sources: float
) -> tuple[np.ndarray, np.ndarray]:
    """V_objects (K,) and its degrees of freedom: what is seen, of variance `spread`, with the pseudo-object; by source
    where that is more."""
    objects = seen + pseudo
    spread = spread + 2 * pseudo**2 / PSEUDO_DF
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(spread > 0, np.maximum(2 * objects**2 / spread, 1.0), 1.0)
    clustered = by_source > seen
    return np.where(clustered, by_source + pseudo, objects), np.where(clustered, np.minimum(df, df_sources), df)


def _deviations(parts: np.ndarray, scope: Scope) -> np.ndarray:
    """(K, n, A, S) -> (K, n, U): replicates' deviations, scaled so that the squares of their sums over objects add up
    to the variance of the mean over replicates."""
    contrasts, objects, adapters, seeds = parts.shape
    if scope == "adapter":
        scale = adapters * np.sqrt(seeds * (seeds - 1))
        return ((parts - parts.mean(3, keepdims=True)) / scale).reshape(contrasts, objects, -1)
    means = parts.mean(3)
    return (means - means.mean(2, keepdims=True)) / np.sqrt(adapters * (adapters - 1))


def decompose(
    parts: np.ndarray, outcomes: TaskOutcomes, scope: Scope, class_weights: np.ndarray | None = None
) -> Components:
    """The variance components of K contrasts of one task.

    Args:
        parts: (K, n, A, S) float64, each contrast's linearised score by object and run.
        class_weights: (K, C) float64, the weights of the classes in each score, for the pseudo-object; None: without.

    Raises:
        ValueError: the study has no degree of freedom for replicates at this scope.
    """
    df = float(replicate_df(outcomes, scope))
    if df < 1:
        raise ValueError(f"{outcomes.task}: no replicates to judge the scope '{scope}' by")
    strata, folds = outcomes.object_classes, outcomes.object_folds
    member = np.zeros((len(strata), len(outcomes.classes)))
    member[np.arange(len(strata)), strata] = 1.0
    sizes = member.sum(0)
    scale = (sizes / np.maximum(sizes - 1, 1))[strata]
    means = parts.mean((2, 3))
    centred = means - (means @ member / np.maximum(sizes, 1))[:, strata]
    residuals = centred * np.sqrt(scale)
    seen = _squares(residuals)
    pseudo = np.zeros(len(parts)) if class_weights is None else _pseudo_object(class_weights, sizes)
    spread = _object_spread(residuals, member, sizes)
    objects, df_objects = _of_objects(seen, spread, pseudo, *_by_source(centred, outcomes.object_sources))

    clusters, counts = np.unique(folds, return_counts=True)
    between = scope == "procedure" and outcomes.runs[0] == 1
    # With one adapter a fold the folds' sums hold the objects' part already: interaction = objects takes it out.
    noise = centred[:, :, None] * np.sqrt(len(clusters) / (len(clusters) - 1)) if between else _deviations(parts, scope)
    interaction = seen if between else np.einsum("knu,knu,n->k", noise, noise, scale)
    replicates = np.zeros(len(parts))
    by_class = np.zeros((len(parts), len(sizes)))
    for fold in clusters:
        sums = np.einsum("knu,nc->kcu", noise[:, folds == fold], member[folds == fold])
        replicates += _squares(sums.sum(1))
        by_class += _squares(sums)
        if not between:
            interaction = interaction - (_squares(sums) / np.maximum(sizes - 1, 1)).sum(1)
    if not between:  # folds of unequal size: Satterthwaite at equal variance for each object
        df *= (counts**2).sum() ** 2 / (counts**4).sum() / len(clusters)
    classwise = by_class.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        df_classwise = df * classwise**2 / _squares(by_class)
    return Components(
        objects=objects,
        interaction=np.maximum(interaction, 0.0),
        replicates=replicates,
        classwise=classwise,
        df_objects=df_objects,
        df_classwise=np.where(classwise > 0, df_classwise, df),
        df_replicates=df,
        residuals=residuals,
        between=between,
    )


@dataclass(frozen=True)
class Prior:
    """What is taken from the other contrasts.

    Attributes:
        correlation: rho, of a replicate's effects over classes.
        classwise: (K,) float64, the mean V_classwise of the contrasts of the same task and score.
        df: (K,) float64, how much that mean is trusted.
        arms: distinct arms of the study; with fewer than three nothing but the classes tells of rho.
        lone: the comparison stands alone and borrows nothing.
    """

    correlation: float
    classwise: np.ndarray
    df: np.ndarray
    arms: int
    lone: bool = False


def alone(components: Components) -> Prior:
    """The prior of a comparison that stands alone: none."""
    return Prior(0.0, components.classwise, np.zeros(len(components.objects)), 2, lone=True)


def class_correlation(components: Sequence[Components], arms: int) -> float:
    """rho over all contrasts of all tasks, drawn towards PRIOR_CORRELATION."""
    excess = classes = 0.0
    for c in components:
        known = c.classwise > 0
        excess += float((c.replicates[known] / c.classwise[known] - 1).sum())
        classes += float((c.df_classwise[known] / c.df_replicates - 1).sum())
    pooled = min(max(excess / classes, 0.0), 1.0) if classes > 0 else 0.0
    pairs = arms * (arms - 1) / 2
    return (pairs * pooled + PRIOR_PAIRS * PRIOR_CORRELATION) / (pairs + PRIOR_PAIRS)


def kin_prior(
    components: Components,
    correlation: float,
    kin: np.ndarray,
    related: np.ndarray,
    arms: int,
    prior_df: float = PRIOR_DF,
) -> Prior:
    """The prior for K contrasts of one task.

    Args:
        kin: (K,) int64, the same number for contrasts of the same score.
        related: (K,) int64, how many arms the contrasts of that score compare; with two there is nothing to borrow.
        arms: distinct arms of the study.
    """
    member = np.unique(kin, return_inverse=True)[1]
    moving = (components.classwise > 0).astype(float)
    mean = np.bincount(member, components.classwise) / np.maximum(np.bincount(member, moving), 1.0)
    known = components.df_classwise * np.maximum(related - 2, 0) * moving  # the same answers: nothing to borrow for
    df = np.where(known > 0, 1.0 / (1.0 / prior_df + 1.0 / np.maximum(known, 1e-9)), 0.0)
    return Prior(correlation, mean[member], df, arms)


def two_way(components: Components, prior: Prior, prior_df: float = PRIOR_DF) -> Variance:
    """Objects and replicates, the latter moderated; `prior_df` 0 turns the moderation off."""
    c = components
    own_df = c.df_replicates
    classwise_df = c.df_classwise + prior.df
    classwise = (c.df_classwise * c.classwise + prior.df * prior.classwise) / classwise_df
    expected = classwise * (1 + (c.df_classwise / own_df - 1) * prior.correlation)
    ratio_df = max(prior.arms - 2, 0.5) * own_df
    # The part of the runs' variance that is not the objects' noise, with the ratio a standard error above its estimate.
    high = expected * (1 + np.sqrt(2 / ratio_df))
    share = np.ones_like(c.objects)
    if not c.between:
        share = np.clip(1 - c.interaction / np.where(high > 0, high, np.inf), 0.0, 1.0)
    if prior.lone or prior_df <= 0:
        trust = np.zeros_like(c.objects)
    else:
        trust = 1.0 / (share**2 * (1 / prior_df + 1 / ratio_df) + 1 / classwise_df)
    runs_df = trust + own_df
    runs = (trust * expected + own_df * c.replicates) / runs_df
    value = np.maximum(c.objects - c.interaction + runs, c.objects)
    spread = (c.objects**2 + c.interaction**2 / own_df) / c.df_objects + runs**2 / runs_df
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(value > 0, value**2 / spread, 1.0)
    df = np.where(runs > 0, np.maximum(df, np.minimum(c.df_objects, runs_df)), df)
    return Variance(value, np.maximum(df, 1.0))


def objects_only(components: Components, prior: Prior) -> Variance:
    """Objects alone, as most comparisons of classifiers do: too small, and here only to show by how much."""
    return Variance(components.objects, components.df_objects)
