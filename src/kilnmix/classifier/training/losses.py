"""Masked multi-task losses: pure functions of tensors, without I/O and without dynamic shapes.

A label of -1 is not known: its image adds nothing to that task, neither to the sum nor to the divisor.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from kilnmix.collection.prepared import MISSING


# Eight parameters: all that a cross-entropy can be weighted by, each off unless it is named.
def masked_cross_entropy(
    logits: Tensor,
    labels: Tensor,
    image_weights: Tensor | None = None,
    class_weights: Tensor | None = None,
    log_prior: Tensor | None = None,
    smoothing: float = 0.0,
    focus: float = 0.0,
    soft: Tensor | None = None,
) -> Tensor:
    """Weighted mean cross-entropy over the images whose label is known; 0 when none is.

        loss = sum_i w_i v_{y_i} ce_i / sum_i w_i v_{y_i},   ce_i = (1 - s) nll(y_i) + s sum_c u_c nll(c)

    With `smoothing` 0 this is `F.cross_entropy(..., weight=v, ignore_index=-1)`; smoothing as in Szegedy et al. 2016
    (1512.00567), with u uniform. Under a prior u is the prior: u uniform would ask for as much of a rare class as of a
    frequent one on top of the prior, and answers, which are given without it, would lean to the rarest classes.

    Args:
        logits: (B, C) floating.
        labels: (B,) int64, -1 where not known.
        image_weights: (B,) of the images, w.
        class_weights: (C,) of the classes, v.
        log_prior: (C,) added to the logits: the logit-adjusted loss of Menon et al. 2021 (2007.07314, eq. 10, tau = 1).
            A class with prior 0 (-inf here) takes no part.
        smoothing: s in [0, 1).
        focus: gamma of the focal loss (Lin et al. 2017, 1708.02002, eq. 4): ce_i times (1 - p_{y_i})^gamma.
        soft: (B, C) share of every class in each label, q: nll(y_i) is then sum_c q_c nll(c) and v_{y_i} sum_c q_c v_c;
            p_{y_i} sum_c q_c p_c, and `labels` says which are known.

    Returns:
        () float32, with a gradient even when it is 0.
    """
    logits = logits.float()
    spread = torch.full_like(logits[0], 1 / logits.shape[1])
    if log_prior is not None:
        spread = log_prior.exp()
        logits = logits + log_prior.clamp(min=-1e4)
    nll = -F.log_softmax(logits, dim=1)
    known = labels != MISSING
    target = labels.clamp(min=0)
    own = nll.gather(1, target[:, None])[:, 0]
    each = own if soft is None else (nll * soft).sum(1)
    if smoothing:
        each = (1 - smoothing) * each + smoothing * (nll * spread).sum(1)
    if focus:
        likely = torch.exp(-own) if soft is None else (torch.exp(-nll) * soft).sum(1).clamp(max=1)
        each = each * (1 - likely) ** focus
    weights = known.float()
    if image_weights is not None:
        weights = weights * image_weights
    if class_weights is not None:
        weights = weights * (class_weights[target] if soft is None else soft @ class_weights)
    return (each * weights).sum() / weights.sum().clamp(min=torch.finfo(torch.float32).tiny)


def effective_number_weights(counts: Tensor, beta: float = 0.999, cap: float = 10.0) -> Tensor:
    """Class weights by the effective number of images: Cui et al. 2019 (1901.05555), eq. 2.

        E_n = (1 - beta^n) / (1 - beta),   weight = 1 / E_n, scaled to mean 1 over the classes with n > 0, at most `cap`

    Args:
        counts: (C,) images a class.

    Returns:
        (C,) float32; 0 for a class without images.
    """
    counts = counts.double()
    seen = counts > 0
    effective = (1 - beta**counts) / (1 - beta)
    raw = torch.where(seen, 1 / effective.clamp(min=1e-12), torch.zeros_like(effective))
    scaled = raw * seen.sum().clamp(min=1) / raw.sum().clamp(min=1e-12)
    return scaled.clamp(max=cap).float()


def log_prior(counts: Tensor) -> Tensor:
    """(C,) float32: log share of each class among (C,) counts; -inf for a class without images."""
    counts = counts.double()
    return (counts / counts.sum().clamp(min=1e-12)).log().float()
