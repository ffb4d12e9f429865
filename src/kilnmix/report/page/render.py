"""The report: one HTML file that opens from disk. Pure: a study in, text out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from kilnmix.collection.pictures.thumbnail import data_uri
from kilnmix.common.pages import templates
from kilnmix.report.context import ReportContext
from kilnmix.report.page import (
    alignment,
    classes,
    data_card,
    first_screen,
    frontier,
    gallery,
    learning_curve,
    sections,
    tuning,
)
from kilnmix.report.plots import plot

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """One section behind the first screen: its anchor, which names its template and texts too, and its content."""

    name: str
    content: Content


SECTIONS: dict[str, Callable[[ReportContext], Content | None]] = {
    "scores": sections.scores,
    "tail": classes.tail,
    "classes": classes.section,
    "alignment": alignment.section,
    "curve": learning_curve.section,
    "confusion": sections.confusion,
    "samples": gallery.section,
    "tuning": tuning.section,
    "pools": sections.pools,
    "frontier": frontier.section,
    "search": sections.search,
    "card": data_card.section,
    "repeat": sections.repeat,
    "caveats": sections.limits,
}
"""The sections in their order; a function that returns None leaves its section out."""


@cache
def environment() -> Environment:
    """The templates of the report's pages."""
    made = templates.environment("kilnmix.report")
    made.filters["picture"] = data_uri
    return made


def render(context: ReportContext) -> str:
    """The page in the context's language."""
    filled = ((name, section(context)) for name, section in SECTIONS.items())
    shown = [Section(name, content) for name, content in filled if content is not None]
    first = first_screen.content(context)
    drawn = any(isinstance(value, plot.Plot) for part in [first, *(s.content for s in shown)] for value in _all(part))
    return (
        environment()
        .get_template("page.html")
        .render(
            t=context.t,
            names=context.names,
            inputs=context.inputs,
            first=first,
            sections=shown,
            library=Markup(plot.library()) if drawn else Markup(""),
            version=metadata.version("kilnmix"),
        )
    )


def _all(content: Content) -> list[Any]:
    """The values of a section and of the lists and mappings in it."""
    values: list[Any] = []
    for value in content.values():
        if isinstance(value, Mapping):
            values += _all(value)
        elif isinstance(value, (list, tuple)):
            values += [item for entry in value for item in (_all(entry) if isinstance(entry, Mapping) else [entry])]
        else:
            values.append(value)
    return values
