"""Alignment in tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Alignment
from kilnmix.report.tables import alignment
from kilnmix.report.tables.classes import difference_cell

ENTRY = Alignment(
    task="type",
    classes=("bowl", "jar", "vase"),
    asked=np.array([10.0, 0.0, 4.0]),
    alignment=np.array([0.8, np.nan, 0.25]),
    recall=np.array([0.9, np.nan, 0.5]),
    distance=np.array([0.1234, np.nan, np.nan]),
    skill=0.5,
)


def test_the_least_aligned_class_comes_first_and_what_is_not_known_last(context: ReportContext) -> None:
    table = alignment.of_task(ENTRY, replace_names(context))
    assert [[str(cell.text) for cell in row] for row in table.rows] == [
        ["vase", "4", "25\u00a0%", "50\u00a0%", "–"],
        ["bowl", "10", "80\u00a0%", "90\u00a0%", "0.123"],
        ["jar", "0", "–", "–", "–"],
    ]


def replace_names(context: ReportContext) -> ReportContext:
    return ReportContext.of(replace(context.inputs, names={}), "en")


def test_halves_show_the_differences_of_the_focus(context: ReportContext) -> None:
    table = alignment.halves(context)
    assert [str(row[0].text) for row in table.rows] == ["Dynasty", "Glaze", "Kiln", "Type"]
    expected = difference_cell(context.exploratory.halves["glaze", "lower"], context)
    assert table.rows[1][1] == expected
