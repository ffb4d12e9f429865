"""What the words of the generic domain mean, as numbers: the renderer's own values behind each name.

The text encoder and the backbone are taught these (a name's kin then lie together), not mere class numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch.nn import functional as F

from kilnmix.demo import generic, profiles
from kilnmix.demo.generic import Traits
from kilnmix.demo.ornament import MOTIFS
from kilnmix.demo.recipes import GLAZES

BINS = 8
"""Bands of height in which ornament is counted."""

Told = tuple[str, ...]
TRAITS: Told = ("type", "glaze", "ware", "period")


@dataclass(frozen=True)
class Senses:
    """Of n objects: class numbers (n,) of type and glaze, standardised vectors of ware (n, 16) and period (n, 28)."""

    type: torch.Tensor
    glaze: torch.Tensor
    ware: torch.Tensor
    period: torch.Tensor

    def to(self, device: torch.device) -> Senses:
        return Senses(*(value.to(device) for value in (self.type, self.glaze, self.ware, self.period)))

    def __getitem__(self, chosen: torch.Tensor) -> Senses:
        return Senses(self.type[chosen], self.glaze[chosen], self.ware[chosen], self.period[chosen])


def sizes() -> tuple[int, int, int, int]:
    """Classes of type and glaze, lengths of the vectors of ware and period."""
    wares, periods = _tables()
    return len(profiles.TYPES), len(GLAZES), wares.shape[1], periods.shape[1]


def ware_vector(ware: str) -> list[float]:
    """Marks as 16 numbers, raw."""
    m = generic.marks_of(ware)
    rim = [1.0, *m.rim] if m.rim else [0.0] * 4
    return [*m.body, m.bare, *rim, m.rim_width, m.rings, m.foot_height, m.foot_flare, *m.tint, m.roll]


def period_vector(period: str) -> list[float]:
    """Style as 28 numbers, raw: proportions, the covered share of each band of height, the share of each motif."""
    s = generic.style_of(period)
    centres = (np.arange(BINS) + 0.5) / BINS
    covered = [float(any(low <= centre < high for _, low, high in s.plan)) for centre in centres]
    shares = [sum(high - low for motif, low, high in s.plan if motif == name) for name in MOTIFS]
    return [s.lift, s.girth, s.neck, s.lip, s.scale, s.weight, *covered, *shares]


@cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    wares, periods = generic.names()
    tables = []
    for names, vector in ((wares, ware_vector), (periods, period_vector)):
        raw = np.array([vector(name) for name in names])
        tables.append((raw - raw.mean(0)) / (raw.std(0) + 1e-6))
    return tables[0], tables[1]


def senses(traits: list[Traits]) -> Senses:
    """The numbers behind the traits of n objects."""
    wares, periods = generic.names()
    vectors = _tables()
    place = [{name: i for i, name in enumerate(names)} for names in (profiles.TYPES, GLAZES, wares, periods)]
    return Senses(
        torch.tensor([place[0][t.type] for t in traits]),
        torch.tensor([place[1][t.glaze] for t in traits]),
        torch.from_numpy(vectors[0][[place[2][t.ware] for t in traits]]).float(),
        torch.from_numpy(vectors[1][[place[3][t.period] for t in traits]]).float(),
    )


def error(answers: list[torch.Tensor], wanted: Senses, told: torch.Tensor | None = None) -> torch.Tensor:
    """Cross-entropies of type and glaze plus squared errors of ware and period, each the mean over what is told.

    Args:
        answers: four tensors (n, `sizes()`).
        told: (n, 4) in the order of TRAITS, 1 where the trait counts; none: all count.
    """
    each = torch.stack(
        [
            F.cross_entropy(answers[0], wanted.type, label_smoothing=0.05, reduction="none"),
            F.cross_entropy(answers[1], wanted.glaze, label_smoothing=0.05, reduction="none"),
            (answers[2] - wanted.ware).square().mean(1),
            (answers[3] - wanted.period).square().mean(1),
        ],
        dim=1,
    )
    if told is None:
        return each.mean(0).sum()
    return (each * told).sum() / told.sum().clamp(min=1) * 4
