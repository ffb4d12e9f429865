"""Groups of classes and single classes in tables."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.report.context import ReportContext
from kilnmix.report.tables import classes
from kilnmix.statistics.exploration import PartDifference


def test_the_tail_comes_first(context: ReportContext) -> None:
    found = classes.groups(context)
    assert [str(row[0].text) for row in found.rows[:3]] == ["Dynasty, tail", "Dynasty, middle", "Dynasty, head"]
    # 200, 100, 66, 50 training objects: what three does not divide goes to the tail.
    assert [str(row[0].second) for row in found.rows[:3]] == [
        "50–66 training objects",
        "100 training objects",
        "200 training objects",
    ]


def test_a_difference_with_a_star_for_a_discovery(context: ReportContext) -> None:
    assert classes.difference_cell(None, context).text == "–"
    known = PartDifference("type", "mix", "real", "bowl", 12, 0.031, 0.01, 0.052, 0.001, 0.02)
    cell = classes.difference_cell(known, context)
    assert (str(cell.text), cell.looks) == ("+3.1 *", "helps")
    assert str(cell.second) == "[+1.0,\u00a0+5.2]"
    chance = classes.difference_cell(replace(known, q=0.5), context)
    assert (str(chance.text), chance.looks) == ("+3.1", "")
    worse = classes.difference_cell(replace(known, delta=-0.031), context)
    assert worse.looks == "harms"


def test_every_scored_class_has_a_row_from_the_rarest(context: ReportContext) -> None:
    table = classes.classes("dynasty", context)
    assert [str(row[0].text) for row in table.rows] == ["qing", "ming", "song", "tang"]
    assert [str(row[1].text) for row in table.rows] == ["50", "66", "100", "200"]
    assert len(table.head) == len(table.rows[0]) == 3 + 2 + 3
