"""What every plot is made of."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import altair as alt

from kilnmix.report.languages.wording import wording
from kilnmix.report.plots.plot import Plot, library, plot, rows_of, tooltip_of


def test_the_library_ends_no_script_of_the_page() -> None:
    assert "</script" not in library()


def made() -> Plot:
    chart = alt.Chart(rows_of([{"x": 1, "y": 2, "name": "<b> 碗"}])).mark_point().encode(x="x:Q", y="y:Q")
    return plot("one", chart.properties(height=40), "a point")


def test_a_plot_is_as_wide_as_its_place_and_its_picture_can_be_scaled() -> None:
    found = made()
    spec = json.loads(found.spec)
    assert (spec["width"], spec["autosize"]["type"], spec["height"]) == ("container", "fit-x", 40)
    assert "$schema" not in spec and "碗" in found.spec
    head = ElementTree.fromstring(found.still)
    assert "viewBox" in head.attrib and not {"width", "height"} & set(head.attrib)
    assert (found.name, found.alt) == ("one", "a point")


def test_tooltips_have_titles_in_the_pages_language() -> None:
    fields = tooltip_of(wording("en"), "task", interval="difference")
    assert [field.to_dict()["field"] for field in fields] == ["task", "interval"]
    assert all(field.to_dict()["title"] for field in fields)
    assert wording("zh").plain("plot.task") != wording("en").plain("plot.task")
