"""The data card as the page shows it. What is known of its form is laid out; what is not is shown as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kilnmix.report.inputs import Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import Names
from kilnmix.report.tables import Cell, Table, flattened, plain

PARTS = ("train", "val", "test")
_LAID_OUT = (
    "schema",
    "rows",
    "kept",
    "objects",
    "rejected",
    "duplicates",
    "labels",
    "classes",
    "associations",
    "warnings",
    "parts",
)


def section(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    """Facts as pairs, warnings as sentences, tables, and the rest as pairs."""
    card = study.card
    facts: list[tuple[str, str]] = [
        (t(f"card.{key}"), plain(card[key])) for key in ("kept", "objects", "rows") if key in card
    ]
    facts += [(_word(key, t), plain(value)) for key, value in _mapping(card.get("duplicates")).items()]
    facts += [
        (t.plain("card.rejected", reason=_word(key, t)), plain(n)) for key, n in _mapping(card.get("rejected")).items()
    ]
    tables = [
        {"title": t("card.labels"), "table": _labels(card, names, t), "open": True},
        {"title": t("card.associations"), "table": _associations(card, names, t), "open": False},
        *(
            {
                "title": t("card.classes", task=names.title(task)),
                "table": _classes(task, found, names, t),
                "open": False,
            }
            for task, found in _mapping(card.get("classes")).items()
            if isinstance(found, Mapping)
        ),
    ]
    rest = {key: value for key, value in card.items() if key not in _LAID_OUT and value not in ([], {}, 0, "")}
    return {
        "facts": facts,
        "warnings": [str(sentence) for sentence in _sequence(card.get("warnings"))],
        "tables": [entry for entry in tables if entry["table"]],
        "rest": [(_word(key, t), plain(value)) for key, value in flattened(rest).items()],
        "known": bool(card),
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _word(key: str, t: Wording) -> str:
    """A name of the card in words; one that the texts do not know is shown as it is called."""
    return t.plain(f"card.word.{key}") if f"card.word.{key}" in t else key.replace("_", " ").replace("-", " ")


def _labels(card: Mapping[str, Any], names: Names, t: Wording) -> Table:
    """Task, photographs with a label, objects with one, photographs without."""
    keys = ("labelled", "labelled_objects", "missing")
    rows = [
        (Cell(names.title(task)), *(Cell(plain(_mapping(found).get(key, "–"))) for key in keys))
        for task, found in _mapping(card.get("labels")).items()
    ]
    return Table(tuple(Cell(t(key)) for key in ("plot.task", *(f"card.{key}" for key in keys))), tuple(rows))


def _classes(task: str, found: Mapping[str, Any], names: Names, t: Wording) -> Table:
    """Class, photographs, objects; with one fold also its objects in each part."""
    folds = [_mapping(_mapping(entry).get("folds")) for entry in found.values()]
    one = all(len(parts) == 1 for parts in folds)
    rows = []
    for (name, entry), parts in zip(found.items(), folds, strict=True):
        counts = [plain(_mapping(entry).get(key, "–")) for key in ("photographs", "objects")]
        if one:
            counts += [plain(_mapping(next(iter(parts.values()))).get(part, "–")) for part in PARTS]
        rows.append((Cell(*names.label(task, name)), *(Cell(count) for count in counts)))
    heads = ["plot.class", "card.photographs", "card.objects", *([f"card.{part}" for part in PARTS] if one else [])]
    return Table(tuple(Cell(t(key)) for key in heads), tuple(rows))


def _associations(card: Mapping[str, Any], names: Names, t: Wording) -> Table:
    """Which labels go together, the strongest first."""
    found = [entry for entry in _sequence(card.get("associations")) if {"task", "with", "cramers_v"} <= set(entry)]
    rows = []
    for entry in sorted(found, key=lambda entry: -float(entry["cramers_v"])):
        first = Cell(f"{names.title(str(entry['task']))}, {names.task(str(entry['with']))}")
        shares = [t.percent(entry.get(key)) for key in ("told", "base")]
        rows.append((first, Cell(f"{float(entry['cramers_v']):.2f}"), *(Cell(share) for share in shares)))
    keys = ("card.pair", "card.cramers_v", "card.told", "card.base")
    return Table(tuple(Cell(t(key)) for key in keys), tuple(rows))
