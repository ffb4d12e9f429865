"""A proportion with its interval, where trials are independent and where only groups of them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

_LEVEL = 0.95


@dataclass(frozen=True)
class Proportion:
    """`hits` of `total`, with the exact 95 % interval of Clopper and Pearson (1934).

    Attributes:
        independent: as how many independent trials the `total` count; None: all of them are.
    """

    hits: int
    total: int
    independent: float | None = None

    @classmethod
    def grouped(cls, hits: Sequence[int], totals: Sequence[int]) -> Proportion:
        """Of trials that come in independent groups, such as the comparisons of one study, and may agree within them.

        The interval is that of Korn and Graubard (1998): Clopper and Pearson's for as many trials as would have the
        variance that is seen between groups, at most all. Where all trials are hits or none is, no variance is seen,
        and each group counts once.

        Args:
            hits, totals: of each group.
        """
        h, m = (np.asarray(values, np.float64)[np.asarray(totals) > 0] for values in (hits, totals))
        groups, total = len(m), float(m.sum())
        if not groups:
            return cls(0, 0)
        p = h.sum() / total
        independent = float(groups)
        if groups > 1 and 0 < p < 1:
            variance = groups / (groups - 1) * float(((h - p * m) ** 2).sum()) / total**2
            of_binomial, tails = p * (1 - p) / total, (1 + _LEVEL) / 2
            freedom = float(stats.t.ppf(tails, total - 1) / stats.t.ppf(tails, groups - 1)) ** 2
            # A variance of nothing (all groups alike) is taken as the binomial's.
            independent = min(total, freedom * total * of_binomial / variance if variance else total)
        return cls(int(h.sum()), int(total), independent)

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else float("nan")

    @property
    def design_effect(self) -> float:
        """The variance over that of independent trials; 1 for these."""
        return self.total / self.independent if self.independent else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.total:
            return 0.0, 1.0
        n = float(self.total) if self.independent is None else self.independent
        x, tail = self.value * n, (1 - _LEVEL) / 2
        low = float(stats.beta.ppf(tail, x, n - x + 1)) if self.hits else 0.0
        high = float(stats.beta.ppf(1 - tail, x + 1, n - x)) if self.hits < self.total else 1.0
        return low, high

    def to_json(self) -> dict[str, float]:
        low, high = self.interval
        whole = {"share": self.value, "low": low, "high": high}
        return whole if self.independent is None else {**whole, "design_effect": self.design_effect}
