"""The data card on the page."""

from __future__ import annotations

from dataclasses import replace

from kilnmix.collection.card.card import Association, Caution, ClassCounts, DataCard, DuplicateCounts, TaskLabels
from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import ReportInputs
from kilnmix.report.page import data_card

PARTS = {"train": 10, "val": 3, "test": 7}
CARD = DataCard(
    rows=30,
    kept=28,
    objects=20,
    rejected={"exact-duplicate": 2, "new-reason": 1},
    pictures_without_row=4,
    labels={"glaze": TaskLabels(labelled=25, labelled_objects=18, missing=3, unsure=0)},
    classes={"glaze": {"celadon": ClassCounts(25, 20, folds={"0": PARTS})}},
    parts={"0": {"train": 14, "val": 4, "test": 10}},
    duplicates=DuplicateCounts(0, 1, 6, 0),
    associations=(Association("glaze", "type", 18, 0.1, 0.3, 0.2), Association("glaze", "kiln", 18, 0.68, 0.6, 0.35)),
    cautions=(Caution("missing", "glaze", {"share": 0.6}),),
)


def test_facts_warnings_and_tables(study: ReportInputs) -> None:
    shown = data_card.section(ReportContext.of(replace(study, card=CARD), "en"))
    assert shown["facts"][:3] == [("Photographs kept", "28"), ("Objects", "20"), ("Rows of the label table", "30")]
    assert ("Left out: same file twice", "2") in shown["facts"]
    assert ("Left out: new reason", "1") in shown["facts"]
    assert ("pictures without a row", "4") in shown["facts"]
    assert shown["warnings"] == ["glaze is missing on 60\u00a0% of the photographs."]
    labels, associations, classes = (entry["table"] for entry in shown["tables"])
    assert [str(cell.text) for cell in labels.rows[0]] == ["Glaze", "25", "18", "3"]
    assert [str(row[0].text) for row in associations.rows] == ["Glaze, kiln", "Glaze, type"]
    assert [str(cell.text) for cell in classes.rows[0]] == ["celadon", "25", "20", "10", "3", "7"]
    assert classes.rows[0][0].second == "青釉"


def test_with_several_folds_the_parts_are_left_out(study: ReportInputs) -> None:
    card = replace(CARD, classes={"glaze": {"celadon": ClassCounts(5, 4, folds={"0": PARTS, "1": PARTS})}})
    shown = data_card.section(ReportContext.of(replace(study, card=card), "en"))
    assert [str(cell.text) for cell in shown["tables"][2]["table"].rows[0]] == ["celadon", "5", "4"]


def test_without_a_card(study: ReportInputs) -> None:
    assert not data_card.section(ReportContext.of(replace(study, card=None), "en"))["known"]
