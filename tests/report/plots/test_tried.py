"""The rows that the plots of a search share."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs, Search, Trial
from kilnmix.report.plots.tried import tried

TRIALS = (
    Trial(0, {"share.kiln": 0.1, "weight.kiln": 1.0, "mix_alpha": 0.1}, 0.5),
    Trial(1, {"share.kiln": 0.5, "weight.kiln": 2.0, "mix_alpha": 0.1}, 0.7),
    Trial(2, {"share.kiln": 0.2, "weight.kiln": 0.5, "mix_alpha": 0.1}, None, stopped=True),
)


def test_a_place_is_between_the_lowest_and_the_highest_of_the_complete_trials(study: ReportInputs) -> None:
    searches = (Search(3, True, TRIALS), Search(3, False, TRIALS))
    rows = tried(ReportContext.of(replace(study, searches=searches), "en"))
    assert [(row["setting"], row["value"], row["place"], row["key"], row["objective"]) for row in rows] == [
        ("share of synthetic images, kiln", "0.1", 0.0, "3/0", 50.0),
        ("share of synthetic images, kiln", "0.5", 1.0, "3/1", 70.0),
        ("weight of the loss, kiln", "1", 0.0, "3/0", 50.0),
        ("weight of the loss, kiln", "2", 1.0, "3/1", 70.0),
    ], "what was stopped, what was tried at one value and what had no images is left out"
