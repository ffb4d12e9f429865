"""One variance made of a contrast's components (`variance`), with what the other contrasts tell of run variance.

Three seeds give V_replicates two degrees of freedom, and a simultaneous interval some thirty points wide. It is
therefore moderated as in Smyth (2004, "Linear models and empirical Bayes methods"):

    V' = (d0 * r * V_classwise + d * V_replicates) / (d0 + d).

V_classwise adds up the replicates' deviations class by class, as if a replicate's effect on one class told nothing
about the next; with C classes it has nearly C times the degrees of freedom. Where seeds are the replicates it leans, by
the same formula, on the mean over the arms of its task, which are all trained with the same seeds. Effects that classes
share make r = 1 + (C_eff - 1) rho, C_eff = df(V_classwise) / df. The correlation rho is pooled over contrasts and
tasks, sum (V_replicates / V_classwise - 1) / sum (C_eff - 1), and drawn towards PRIOR_CORRELATION, which counts as much
as PRIOR_PAIRS pairs of arms with two degrees of freedom in one task: two arms hardly tell it.

How much a study tells of rho depends on how unlike its tasks are. A run that is lucky in all tasks alike tells of one
draw only, however many tasks there are. The variance of a mean of T estimates of a variance whose underlying normals
have correlations r_ab is that of

    T_eff = T^2 / sum_ab r_ab^2

independent ones. r_ab is taken from the replicates' sums themselves (`independent_tasks`), and chance only makes its
square larger, so T_eff is stated low.

d0 says how well r * V_classwise is known: 1/d0 = x^2 (1/PRIOR_DF + 1/(((arms - 1) T_eff - 1) d)) + 1/df(V_classwise).
PRIOR_DF is how alike contrasts are; ((arms - 1) T_eff - 1) d what all but the contrast itself tells of r. Both concern
only the part x of V_replicates that is not the objects' own noise in each run: that noise is V_interaction, and well
known. A comparison that stands alone borrows nothing.

V = V_objects - V_interaction + V', and never less than V_objects. Degrees of freedom follow Satterthwaite (1946), and
are at least those of the poorer part: where objects and interaction cancel they would fall below. Those of V_objects
take the heavier tails of sparse differences into account: 2 V^2 / Var(V) with the fourth moments of the object means
(O'Neill 2014), but at most those of the class-wise variances.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kilnmix.statistics.variance import Components

PRIOR_DF = 16.0
"""How alike the ratios V_replicates / V_classwise of different contrasts are taken to be, as degrees of freedom. Larger
gives narrower intervals and trusts more (docs/method.md)."""
PRIOR_CORRELATION, PRIOR_PAIRS = 0.5, 1.5
"""What is taken for the correlation of a replicate's effects over classes, and how many pairs of arms that is worth."""


@dataclass(frozen=True)
class Variance:
    """Variance (K,) of each contrast and its degrees of freedom (K,); df is 1 where the variance is 0."""

    value: np.ndarray
    df: np.ndarray


@dataclass(frozen=True)
class Prior:
    """What is taken from the other contrasts.

    Attributes:
        correlation: rho, of a replicate's effects over classes.
        classwise: (K,) float64, the mean V_classwise of the contrasts of the same task and score.
        df: (K,) float64, how much that mean is trusted.
        arms: distinct arms of the study; with fewer than three nothing but the classes and tasks tells of rho.
        tasks: T_eff.
        lone: the comparison stands alone and borrows nothing.
    """

    correlation: float
    classwise: np.ndarray
    df: np.ndarray
    arms: int
    tasks: float
    lone: bool = False


def alone(components: Components) -> Prior:
    """The prior of a comparison that stands alone: none."""
    return Prior(0.0, components.classwise, np.zeros(len(components.objects)), 2, 1.0, lone=True)


def independent_tasks(sums: Sequence[Mapping[Hashable, np.ndarray]]) -> float:
    """T_eff of T tasks, 1 to T; 1 where they have no contrast in common.

    Args:
        sums: for each task contrast -> (U,) float64, the replicates' deviations summed over objects. Contrasts of the
            same name have the same replicates in the same order.
    """
    total = 0.0
    for one in sums:
        for other in sums:
            shared = [name for name in one if name in other and len(one[name]) == len(other[name])]
            cross = sum(float(one[name] @ other[name]) for name in shared)
            squares = sum(float(one[name] @ one[name]) for name in shared)
            squares *= sum(float(other[name] @ other[name]) for name in shared)
            total += cross**2 / squares if squares > 0 else 1.0
    return len(sums) ** 2 / total if sums else 1.0


def class_correlation(components: Sequence[Components], arms: int, tasks: float) -> float:
    """rho over all contrasts of all tasks, drawn towards PRIOR_CORRELATION.

    Args:
        arms: distinct arms of the study; tasks: T_eff.
    """
    excess = classes = 0.0
    for c in components:
        known = c.classwise > 0
        excess += float((c.replicates[known] / c.classwise[known] - 1).sum())
        classes += float((c.df_classwise[known] / c.df_replicates - 1).sum())
    pooled = min(max(excess / classes, 0.0), 1.0) if classes > 0 else 0.0
    fewest = min((c.df_replicates for c in components), default=2.0)
    pairs = arms * (arms - 1) / 2 * tasks * fewest / 2
    return (pairs * pooled + PRIOR_PAIRS * PRIOR_CORRELATION) / (pairs + PRIOR_PAIRS)


def kin_prior(
    components: Components,
    correlation: float,
    kin: np.ndarray,
    related: np.ndarray,
    arms: int,
    tasks: float,
    prior_df: float = PRIOR_DF,
) -> Prior:
    """The prior for K contrasts of one task.

    Args:
        kin: (K,) int64, the same number for contrasts of the same score.
        related: (K,) int64, how many arms the contrasts of that score compare; with two there is nothing to borrow.
        arms: distinct arms of the study; tasks: T_eff.
    """
    member = np.unique(kin, return_inverse=True)[1]
    moving = (components.classwise > 0).astype(float)
    mean = np.bincount(member, components.classwise) / np.maximum(np.bincount(member, moving), 1.0)
    known = components.df_classwise * np.maximum(related - 2, 0) * moving  # the same answers: nothing to borrow for
    df = np.where(known > 0, 1.0 / (1.0 / prior_df + 1.0 / np.maximum(known, 1e-9)), 0.0)
    return Prior(correlation, mean[member], df, arms, tasks)


def two_way(components: Components, prior: Prior, prior_df: float = PRIOR_DF) -> Variance:
    """Objects and replicates, the latter moderated; `prior_df` 0 turns the moderation off."""
    c = components
    own_df = c.df_replicates
    classwise_df = c.df_classwise + prior.df
    classwise = (c.df_classwise * c.classwise + prior.df * prior.classwise) / classwise_df
    expected = classwise * (1 + (c.df_classwise / own_df - 1) * prior.correlation)
    ratio_df = max((prior.arms - 1) * prior.tasks - 1, 0.5) * own_df
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
