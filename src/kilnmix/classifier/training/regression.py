"""Multinomial logistic regression with few examples of many numbers, to its optimum. Pure."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

ITERATIONS = 300
# Beyond that many examples their products take longer than the iterations that they save.
_MOST_PRODUCTS = 3000


# A line over sixty: one optimisation, told in one place.
def logistic_regression(
    features: Tensor,
    labels: Tensor,
    weights: Tensor,
    offset: Tensor,
    penalty: float,
    device: torch.device | str = "cpu",
) -> tuple[Tensor, Tensor]:
    """Coefficients and intercepts that minimise a weighted mean cross-entropy and a square penalty, by L-BFGS.

        min_{B, a}  sum_i w_i ce(B x_i + a + o, y_i) / sum_i w_i  +  penalty / 2 |B|^2

    The optimal B is a combination of the x_i, so with few examples of many numbers it is looked for in their span only:
    in n coordinates, which are the same problem in a rotated basis. The starting point is 0 and nothing is drawn, so
    the same input gives the same result.

    Args:
        features: (n, P) floating, x.
        labels: (n,) int64, y.
        weights: (n,) of the examples, w, not negative; their scale does not matter.
        offset: (C,) added to the logits while fitting and not when answering, o; the log prior of Menon et al. 2021
            (2007.07314) here. A class at -inf takes no part and gets coefficients and intercept 0.
        device: where a large problem is solved; a small problem is solved on the CPU, in float64.

    Returns:
        (C, P) B and (C,) a, float32.
    """
    used = weights > 0
    classes, part = len(offset), torch.isfinite(offset)
    if not used.any():
        return torch.zeros(classes, features.shape[1]), torch.zeros(classes)
    x, y = (features, labels) if used.all() else (features[used], labels[used])
    if len(x) < min(x.shape[1], _MOST_PRODUCTS):
        x = x.double()
        values, vectors = torch.linalg.eigh(x @ x.T)
        kept = values > values[-1] * 1e-10
        back = (vectors[:, kept] / values[kept].sqrt()).T @ x
        coordinates = vectors[:, kept] * values[kept].sqrt()
    else:
        back, coordinates, y = None, x.to(device), y.to(device)
    w = (weights[used] / weights[used].sum()).to(coordinates)
    shift = offset.to(coordinates).clamp(min=-1e4)
    slopes = coordinates.new_zeros(classes, coordinates.shape[1], requires_grad=True)
    intercepts = coordinates.new_zeros(classes, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [slopes, intercepts], max_iter=ITERATIONS, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        each = F.cross_entropy(coordinates @ slopes.T + intercepts + shift, y, reduction="none")
        loss = (each * w).sum() + penalty / 2 * slopes.square().sum()
        loss.backward()
        return loss

    with torch.enable_grad():
        optimiser.step(closure)
    slopes, intercepts = slopes.detach().cpu(), intercepts.detach().cpu()
    coefficients = slopes if back is None else slopes @ back
    return (coefficients * part[:, None]).float(), (intercepts * part).float()
