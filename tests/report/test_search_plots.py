"""The plots that a search's run has in MLflow."""

from __future__ import annotations

from xml.etree import ElementTree

from kilnmix.experiment.attempts import Attempt
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.search_plots import drawn


def test_each_plot_is_a_picture(study: ReportInputs) -> None:
    found = drawn(study.params, study.searches, [Attempt("searched", 0, "COMPLETE", 0.0, 60.0)])
    named = {"history", "slices", "parallel", "importances", "timeline", "contour-0", "contour-1", "contour-2"}
    assert set(found) == named, "the first task's weight is fixed, and there is one objective"
    assert all(ElementTree.fromstring(picture).tag.endswith("svg") for picture in found.values())


def test_without_trials_there_is_nothing_to_draw(study: ReportInputs) -> None:
    assert drawn(study.params, (), []) == {}
