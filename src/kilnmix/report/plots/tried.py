"""What the plots of a search share: its trials with synthetic images, setting by setting, and the colours of scores."""

from __future__ import annotations

from typing import Any

import altair as alt

from kilnmix.common.pages.wording import Wording
from kilnmix.report.context import ReportContext
from kilnmix.report.tables.settings import setting_name

SCORES = ("#e6dfc8", "#b9ab82", "#6f7d5f", "#1d3a33")
"""From low to high."""


def tried(context: ReportContext) -> list[dict[str, Any]]:
    """A row for each complete trial with synthetic images and each setting that was tried at two values or more.

    Each has the setting's name, its value in words, its `place` between the lowest (0) and the highest (1) value tried,
    the trial's number, a `key` of fold and number, and the score out of 100.
    """
    trials = [
        (search.fold, trial)
        for search in context.inputs.searches
        if search.synthetic
        for trial in search.trials
        if trial.objective is not None
    ]
    names = dict.fromkeys(name for _, trial in trials for name in trial.values)
    rows = []
    for name in names:
        values = [trial.values[name] for _, trial in trials if name in trial.values]
        low, high = min(values), max(values)
        if low == high:
            continue
        rows += [
            {
                "setting": setting_name(name, context),
                "place": (trial.values[name] - low) / (high - low),
                "value": f"{trial.values[name]:.3g}",
                "trial": trial.number,
                "key": f"{fold}/{trial.number}",
                "objective": 100 * (trial.objective or 0.0),
            }
            for fold, trial in trials
            if name in trial.values
        ]
    return rows


def by_score(t: Wording, field: str = "objective") -> alt.Color:
    """The colour of a score in `field`."""
    return alt.Color(
        f"{field}:Q",
        title=t.plain("plot.objective"),
        # Steps: a gradient's picture has an id, which clashes with that of the still picture.
        scale=alt.Scale(type="quantize", range=list(SCORES)),
        legend=alt.Legend(orient="top", type="symbol", columns=2, titleLimit=300),
    )


def lowest_to_highest(t: Wording) -> alt.Axis:
    """The axis of `place`."""
    words = f"datum.value ? '{t.plain('plot.highest')}' : '{t.plain('plot.lowest')}'"
    return alt.Axis(values=[0, 1], labelExpr=words)
