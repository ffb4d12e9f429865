"""What decides between trials, read from the specification."""

from __future__ import annotations

import json
from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search
from kilnmix.report.plots.importances import importances
from tests.report.plots.drawn import rows_of


def test_the_most_important_setting_stands_first(study: ReportInputs) -> None:
    searches = (
        Search(0, True, (), importances={"share.kiln": 0.2, "weight.kiln": 0.8}),
        Search(0, False, (), importances={"weight.kiln": 1.0}),
    )
    shown = importances(ReportContext.of(replace(study, searches=searches), "en"))
    assert shown is not None
    assert json.loads(shown.spec)["encoding"]["y"]["sort"] == [
        "weight of the loss, kiln",
        "share of synthetic images, kiln",
    ]
    assert [(row["study"], row["importance"]) for row in rows_of(shown)] == [
        ("with synthetic images", 20.0),
        ("with synthetic images", 80.0),
        ("photographs alone", 100.0),
    ]
    assert importances(ReportContext.of(replace(study, searches=()), "en")) is None
