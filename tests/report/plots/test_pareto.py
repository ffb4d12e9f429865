"""Pareto fronts, read from the specification."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search, Trial
from kilnmix.report.plots.pareto import fronts
from tests.report.plots.drawn import rows_of


def searched(study: ReportInputs, *objective: str) -> ReportContext:
    settings = study.params.search.model_copy(update={"objective": objective, "pruner": "none"})
    trials = (
        Trial(0, {}, 0.6, f1={"glaze": 0.5, "kiln": 0.7, "type": 0.1}, front=True),
        Trial(1, {}, 0.5, f1={"glaze": 0.4, "kiln": 0.6, "type": 0.1}),
        Trial(2, {}, None, stopped=True, f1={"glaze": 0.9, "kiln": 0.9, "type": 0.1}),
    )
    params = study.params.model_copy(update={"search": settings})
    return ReportContext.of(replace(study, params=params, searches=(Search(0, True, trials),)), "en")


def test_what_is_on_the_front_is_marked(study: ReportInputs) -> None:
    (shown,) = fronts(searched(study, "glaze", "kiln"))
    assert [(row["first"], row["second"], row["kind"]) for row in rows_of(shown)] == [
        (50.0, 70.0, "Pareto front"),
        (40.0, 60.0, "dominated"),
    ]
    assert "2 trials; 1 are on" in shown.alt


def test_three_objectives_are_three_pairs_and_one_has_no_front(study: ReportInputs, context: ReportContext) -> None:
    assert [each.name for each in fronts(searched(study, "glaze", "kiln", "type"))] == ["front-0", "front-1", "front-2"]
    assert fronts(searched(study, "glaze")) == []
    assert fronts(context) == []
