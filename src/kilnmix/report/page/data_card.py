"""The section on the collection: the data card's figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kilnmix.collection.card.sentences import caution_sentence, reason
from kilnmix.common.pages.wording import Wording, load, page_file
from kilnmix.report.context import ReportContext
from kilnmix.report.tables import data_card as tables


def section(context: ReportContext) -> dict[str, Any]:
    """Facts as pairs, warnings as sentences, tables."""
    t, card = context.t, context.inputs.card
    words = load("kilnmix.collection.card", t.language)
    if card is None:
        return {"known": False}
    facts: list[tuple[str, str]] = [(t(f"card.{key}"), str(getattr(card, key))) for key in ("kept", "objects", "rows")]
    facts += [(_word(key, t), str(count)) for key, count in asdict(card.duplicates).items()]
    facts += [(t("card.rejected", reason=reason(key, t)), str(count)) for key, count in card.rejected.items()]
    if card.pictures_without_row:
        facts.append((_word("pictures_without_row", t), str(card.pictures_without_row)))
    shown = [
        {"title": t("card.labels"), "table": tables.labels(card, context), "open": True},
        {"title": t("card.associations"), "table": tables.associations(card, context), "open": False},
    ]
    shown += [
        {
            "title": t("card.classes", task=context.names.title(task)),
            "table": tables.classes(task, card, context),
            "open": False,
        }
        for task in card.classes
    ]
    return {
        "facts": facts,
        "warnings": [caution_sentence(caution, words) for caution in card.cautions],
        "tables": [entry for entry in shown if entry["table"]],
        "known": True,
        "page": page_file("datacard", t.language),
    }


def _word(key: str, t: Wording) -> str:
    """A name of the card in words; a name that the texts do not know is shown as it is called."""
    return t.plain(f"card.word.{key}") if f"card.word.{key}" in t else key.replace("_", " ").replace("-", " ")
