"""The data card's tables, cell by cell."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.collection.card.card import Association, ClassCounts, TaskLabels
from kilnmix.report.context import ReportContext
from kilnmix.report.tables import data_card
from kilnmix.report.tables.table import Table
from tests.report import report_studies

CARD = replace(
    report_studies.data_card(),
    labels={"type": TaskLabels(10, 8, 3, 0)},
    classes={"type": {"bowl": ClassCounts(6, 5, {}, {"0": {"train": 3, "val": 1}})}},
    associations=(Association("type", "glaze", 9, 0.3, 0.6, 0.5), Association("type", "source", 9, 0.9, 1.0, 0.25)),
)


def shown(table: Table) -> list[list[str]]:
    return [[str(cell.text) for cell in row] for row in table.rows]


def test_labels_classes_and_what_goes_together(context: ReportContext) -> None:
    assert shown(data_card.labels(CARD, context)) == [["Type", "10", "8", "3"]]
    assert shown(data_card.classes("type", CARD, context)) == [["bowl", "6", "5", "3", "1", "–"]]
    assert shown(data_card.associations(CARD, context)) == [
        ["Type, source", "0.90", "100\u00a0%", "25\u00a0%"],
        ["Type, glaze", "0.30", "60\u00a0%", "50\u00a0%"],
    ]


def test_parts_are_shown_for_one_fold_only(context: ReportContext) -> None:
    folds = {fold: {"train": 3} for fold in ("0", "1")}
    two = replace(CARD, classes={"type": {"bowl": ClassCounts(6, 5, {}, folds)}})
    table = data_card.classes("type", two, context)
    assert shown(table) == [["bowl", "6", "5"]] and len(table.head) == 3
