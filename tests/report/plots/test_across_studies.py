"""The plot of across_studies, read from its specification."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kilnmix.report.context import ReportContext
from kilnmix.report.plots.across_studies import across_studies
from tests.report.plots.drawn import rows


def test_classes_of_several_studies_need_points(context: ReportContext) -> None:
    assert across_studies("training", [], context.t) is None


@pytest.mark.parametrize(("over", "scale"), [("training", {"type": "log"}), ("alignment", {"domain": [0, 1]})])
def test_a_colour_for_each_study(context: ReportContext, over: str, scale: dict[str, Any]) -> None:
    points = [
        {"study": study, "task": "Type", "class": "bowl", "x": x, "gain": 1.5, "interval": "+1.5", "seen": "80 %",
         "training": "12"}
        for study, x in (("one", 0.5), ("two", 0.25), ("one", 0.75))
    ]  # fmt: skip
    found = across_studies(over, points, context.t)
    assert rows(found, 1) == points
    assert found is not None and found.name == f"over-{over}"
    encoding = json.loads(found.spec)["layer"][1]["encoding"]
    assert encoding["x"]["scale"] == scale
    assert encoding["color"]["scale"]["domain"] == ["one", "two"]
