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

With few replicates V_replicates is hardly known; `moderation` makes one variance of these components.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kilnmix.statistics.scores import TaskOutcomes

Scope = Literal["adapter", "procedure"]

PSEUDO_DF = 3.0
MIN_SOURCES = 8


@dataclass(frozen=True)
class Components:
    """Variance components of K contrasts of one task, in squared units of the score.

    Attributes:
        objects, interaction, replicates, classwise: (K,) float64, as the module says.
        df_objects, df_classwise: (K,) float64 degrees of freedom.
        df_replicates: degrees of freedom of `replicates`, the same for all contrasts.
        residuals: (K, n) float64; their inner products are the covariances over objects.
        sums: (K, U) float64, the replicates' deviations summed over all objects, of U replicates in order.
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
    sums: np.ndarray
    between: bool = False


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
    by_class, whole = np.zeros((len(parts), len(sizes))), []
    for fold in clusters:
        sums = np.einsum("knu,nc->kcu", noise[:, folds == fold], member[folds == fold])
        whole.append(sums.sum(1))
        replicates += _squares(whole[-1])
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
        sums=np.concatenate(whole, axis=1),
        between=between,
    )
