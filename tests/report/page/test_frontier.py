"""The frontier in the report, on pages of its own, and as runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.page import frontier as page
from tests.report.plots.test_frontier import POINTS


def test_the_section_is_there_where_points_are(study: ReportInputs) -> None:
    context = ReportContext.of(study, "zh")
    assert page.section(context) is None
    shown = page.section(ReportContext.of(replace(study, frontier=tuple(POINTS)), "zh"))
    assert shown is not None and len(shown["plots"]) == 3
    assert (shown["others"], shown["stale"]) == (0, 0)
    more = replace(study, frontier=(*POINTS, replace(POINTS[0], adapter=1)), frontier_stale=2)
    shown = page.section(ReportContext.of(more, "en"))
    assert shown is not None and (len(shown["table"].rows), shown["others"], shown["stale"]) == (3, 1, 2)
    # Where nothing is left to show, the section says so.
    shown = page.section(ReportContext.of(replace(study, frontier_stale=2), "en"))
    assert shown is not None and (shown["table"], shown["stale"]) == (None, 2)


def test_a_page_in_every_language_and_a_run_a_point(tmp_path: Path) -> None:
    page.write(tmp_path, POINTS)
    for name, other in (("frontier.html", "frontier.zh.html"), ("frontier.zh.html", "frontier.html")):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert f'href="{other}"' in text and text.count('class="plot"') == 3
    found = page.records(POINTS)
    assert [record.tags["strictness"] for record in found] == ["0", "0.5", "0.9"]
    assert found[1].metrics["gain"] == 0.02
