"""The data card's tables: labels that are there, classes, labels that go together."""

from __future__ import annotations

from kilnmix.collection.card.card import DataCard
from kilnmix.report.context import ReportContext
from kilnmix.report.tables.table import Cell, Table, cells

PARTS = ("train", "val", "test")


def labels(card: DataCard, context: ReportContext) -> Table:
    """Task, photographs with a label, objects with a label, photographs without."""
    rows = [
        cells(context.names.title(task), str(known.labelled), str(known.labelled_objects), str(known.missing))
        for task, known in card.labels.items()
    ]
    keys = ("plot.task", "card.labelled", "card.labelled_objects", "card.missing")
    return Table(cells(*(context.t(key) for key in keys)), tuple(rows))


def classes(task: str, card: DataCard, context: ReportContext) -> Table:
    """Class, photographs, objects; with one fold also its objects in each part."""
    counted = card.classes[task]
    single = all(len(counts.folds) == 1 for counts in counted.values())
    rows = []
    for name, counts in counted.items():
        row = [Cell(*context.names.label(task, name)), *cells(str(counts.photographs), str(counts.objects))]
        if single:
            parts = next(iter(counts.folds.values()))
            row += cells(*(str(parts.get(part, "–")) for part in PARTS))
        rows.append(tuple(row))
    keys = ["plot.class", "card.photographs", "card.objects", *([f"card.{part}" for part in PARTS] if single else [])]
    return Table(cells(*(context.t(key) for key in keys)), tuple(rows))


def associations(card: DataCard, context: ReportContext) -> Table:
    """Which labels go together, the strongest first."""
    t, names = context.t, context.names
    rows = [
        cells(
            names.title(pair.task) + t.texts["list.clause"] + names.task(pair.other),
            f"{pair.cramers_v:.2f}",
            t.percent(pair.told),
            t.percent(pair.base),
        )
        for pair in sorted(card.associations, key=lambda pair: -pair.cramers_v)
    ]
    keys = ("card.pair", "card.cramers_v", "card.informed", "card.base")
    return Table(cells(*(t(key) for key in keys)), tuple(rows))
