"""How far a difference between arms would move with other test objects and other training replicates.

A contrast is a difference of scores, linearised to one number for each object and run (`scores.linearised`). Objects
and replicates are crossed: every replicate of a fold predicts every test object of the fold. The variance of the
contrast is therefore, as for two-way clustering (Cameron, Gelbach and Miller 2011, eq. 2.11),

    V = V_objects + V_replicates - V_interaction.

V_objects: squared object means over the replicates, centred within the object's class and scaled by n_c / (n_c - 1),
since the list of classes and their test objects are fixed by the split (stratified sampling, Cochran 1977, sec. 5.6).
V_interaction: what the replicates' own noise adds to V_objects, by the same formula. V_replicates: the variance of the
mean over replicates, given these objects; folds add up, as no replicate and no object is in two of them.

With few replicates V_replicates is hardly known: three seeds give two degrees of freedom, and a simultaneous interval
some thirty points wide. It is therefore moderated as in Smyth (2004, "Linear models and empirical Bayes methods"):

    V' = (d0 * r * V_classwise + d * V_replicates) / (d0 + d).

V_classwise adds up the replicates' deviations class by class, as if a replicate's effect on one class told nothing
about the next; with C classes it has nearly C times the degrees of freedom. Where seeds are the replicates it leans, by
the same formula, on the mean over the arms of its task, which are all trained with the same seeds. r, at least one, is
the mean ratio of V_replicates to V_classwise over all contrasts of the study, so effects that all classes share are not
lost. d0 trusts this prior only so far: 1/d0 = 1/df(V_classwise) + 1/PRIOR_DF.

The rule that keeps V from falling below what is certain: V = max(V_objects - V_interaction, 0) + V', and never less
than V_objects. Degrees of freedom follow Satterthwaite (1946). Those of V_objects take the heavier tails of sparse
differences into account: 2 V^2 / Var(V) with the fourth moments of the object means (O'Neill 2014), but at most those
of the class-wise variances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kilnmix.statistics.scores import TaskOutcomes

Scope = Literal["adapter", "procedure"]

PRIOR_DF = 8.0
"""How alike the ratios V_replicates / V_classwise of different contrasts are taken to be, as degrees of freedom: eight
say that they differ by a factor of about two. Larger gives narrower intervals and trusts more (docs/method.md)."""


@dataclass(frozen=True)
class Components:
    """Variance components of K contrasts of one task, in squared units of the score.

    Attributes:
        objects, interaction, replicates, classwise: (K,) float64, as the module says.
        df_objects, df_classwise: (K,) float64 degrees of freedom.
        df_replicates: degrees of freedom of `replicates`, the same for all contrasts.
        residuals: (K, n) float64; their inner products are the covariances over objects, `objects` on the diagonal.
    """

    objects: np.ndarray
    interaction: np.ndarray
    replicates: np.ndarray
    classwise: np.ndarray
    df_objects: np.ndarray
    df_classwise: np.ndarray
    df_replicates: float
    residuals: np.ndarray


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


def _moment_df(residuals: np.ndarray, member: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(K,) degrees of freedom of the summed squares of (K, n) residuals in classes given by member (n, C)."""
    within = residuals**2 @ member
    total = within.sum(1)
    spread = (residuals**4 @ member - within**2 / np.maximum(sizes, 1)).sum(1)
    normal = (within**2 / np.maximum(sizes - 1, 1)).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.minimum(total**2 / normal, 2 * total**2 / spread)
    return np.where(np.isfinite(df), np.maximum(df, 1.0), 1.0)


def _deviations(parts: np.ndarray, scope: Scope) -> np.ndarray:
    """(K, n, A, S) -> (K, n, U): replicates' deviations, scaled so that the squares of their sums over objects add up
    to the variance of the mean over replicates."""
    contrasts, objects, adapters, seeds = parts.shape
    if scope == "adapter":
        scale = adapters * np.sqrt(seeds * (seeds - 1))
        return ((parts - parts.mean(3, keepdims=True)) / scale).reshape(contrasts, objects, -1)
    means = parts.mean(3)
    return (means - means.mean(2, keepdims=True)) / np.sqrt(adapters * (adapters - 1))


def decompose(parts: np.ndarray, outcomes: TaskOutcomes, scope: Scope) -> Components:
    """The variance components of K contrasts of one task.

    Args:
        parts: (K, n, A, S) float64, each contrast's linearised score by object and run.

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
    objects = _squares(residuals)

    clusters, counts = np.unique(folds, return_counts=True)
    between = scope == "procedure" and outcomes.runs[0] == 1
    # With one adapter a fold the folds' sums hold the objects' part already: interaction = objects takes it out.
    noise = centred[:, :, None] * np.sqrt(len(clusters) / (len(clusters) - 1)) if between else _deviations(parts, scope)
    interaction = objects if between else np.einsum("knu,knu,n->k", noise, noise, scale)
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
        df_objects=_moment_df(residuals, member, sizes),
        df_classwise=np.where(classwise > 0, df_classwise, df),
        df_replicates=df,
        residuals=residuals,
    )


@dataclass(frozen=True)
class Prior:
    """What is taken from the other contrasts.

    Attributes:
        ratio: r, the mean of V_replicates / V_classwise over contrasts and tasks, at least one.
        classwise: (K,) float64, the mean V_classwise of the contrasts of the same task and score.
        df: (K,) float64, how much that mean is trusted.
    """

    ratio: float
    classwise: np.ndarray
    df: np.ndarray


def shared_ratio(components: Sequence[Components]) -> float:
    """r over all contrasts of all tasks."""
    ratios = [c.replicates[c.classwise > 0] / c.classwise[c.classwise > 0] for c in components]
    joined = np.concatenate(ratios) if ratios else np.empty(0)
    return max(1.0, float(joined.mean())) if joined.size else 1.0


def kin_prior(
    components: Components, ratio: float, kin: np.ndarray, arms: np.ndarray, prior_df: float = PRIOR_DF
) -> Prior:
    """The prior for K contrasts of one task.

    Args:
        kin: (K,) int64, the same number for contrasts of the same score.
        arms: (K,) int64, how many arms the contrasts of that score compare; with two there is nothing to borrow.
    """
    member = np.unique(kin, return_inverse=True)[1]
    mean = np.bincount(member, components.classwise) / np.bincount(member)
    known = components.df_classwise * np.maximum(arms - 2, 0)
    df = np.where(known > 0, 1.0 / (1.0 / prior_df + 1.0 / np.maximum(known, 1e-9)), 0.0)
    return Prior(ratio, mean[member], df)


def two_way(components: Components, prior: Prior, prior_df: float = PRIOR_DF) -> Variance:
    """Objects and replicates, the latter moderated; `prior_df` 0 turns the moderation off."""
    c = components
    classwise_df = c.df_classwise + prior.df
    classwise = (c.df_classwise * c.classwise + prior.df * prior.classwise) / classwise_df
    trust = 1.0 / (1.0 / prior_df + 1.0 / classwise_df) if prior_df > 0 else np.zeros_like(c.objects)
    runs_df = trust + c.df_replicates
    runs = (trust * prior.ratio * classwise + c.df_replicates * c.replicates) / runs_df
    value = np.maximum(np.maximum(c.objects - c.interaction, 0.0) + runs, c.objects)
    value = np.where(c.objects + c.classwise > 0, value, 0.0)  # the same predictions: nothing to borrow for
    spread = (c.objects**2 + c.interaction**2) / c.df_objects + runs**2 / runs_df
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(value > 0, value**2 / spread, 1.0)
    return Variance(value, np.maximum(df, 1.0))


def objects_only(components: Components, prior: Prior) -> Variance:
    """Objects alone, as most comparisons of classifiers do: too small, and here only to show by how much."""
    return Variance(components.objects, components.df_objects)
