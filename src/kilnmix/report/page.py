"""The report: one HTML file that opens from disk. Pure: a study in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kilnmix.report import card, charts, classwise, curves, gallery, plots, sections, sentences
from kilnmix.report.explored import explore
from kilnmix.report.inputs import Study
from kilnmix.report.language import Wording, wording
from kilnmix.report.naming import Names
from kilnmix.report.pictures import data_uri


@dataclass(frozen=True)
class Section:
    """One section behind the first screen: its anchor, which names its template and texts too, and what it shows."""

    name: str
    content: Mapping[str, Any]


@cache
def environment() -> Environment:
    loader = PackageLoader("kilnmix.report", "templates")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters["picture"] = data_uri
    return found


def render(study: Study, language: str = "en") -> str:
    """The page in one language.

    Raises:
        UserError: there is no such language.
    """
    t = wording(language)
    names = Names(study, t)
    said = tuple(
        sentences.task_sentence(
            task,
            study.verdict.rules,
            names,
            t,
            sentences.Evidence(
                runs=outcomes.runs[0] * outcomes.runs[1],
                labelled=len(np.unique(outcomes.objects)),
                each=study.params.experiment.min_class_objects,
            ),
        )
        for task, outcomes in study.tasks
    )
    explored = explore(study)
    shown = [
        Section("scores", sections.scores(study, explored, names, t)),
        Section("tail", classwise.tail(study, explored, names, t)),
        Section("classes", classwise.classes(study, said, explored, names, t)),
        Section("alignment", classwise.alignment(study, explored, names, t)),
        *([Section("curve", curves.section(study, names, t))] if study.curve else []),
        Section("confusion", sections.confusion(study, said, names, t)),
        Section("samples", gallery.section(study, names, t)),
        Section("pools", sections.pools(study, names, t)),
        Section("search", sections.search(study, names, t)),
        Section("card", card.section(study, names, t)),
        Section("repeat", sections.repeat(study)),
        Section("caveats", {"sentences": sections.caveats(study, names, t)}),
    ]
    first = first_screen(study, said, names, t)
    drawn = any(isinstance(value, plots.Plot) for part in [first, *(s.content for s in shown)] for value in _all(part))
    return (
        environment()
        .get_template("page.html")
        .render(
            t=t,
            names=names,
            study=study,
            first=first,
            sections=shown,
            library=Markup(plots.library()) if drawn else Markup(""),
            colours=plots.COLOURS,
            version=metadata.version("kilnmix"),
        )
    )


def _all(content: Mapping[str, Any]) -> list[Any]:
    """The values of a section and of the lists and mappings in it."""
    found: list[Any] = []
    for value in content.values():
        if isinstance(value, Mapping):
            found += _all(value)
        elif isinstance(value, (list, tuple)):
            found += [item for entry in value for item in (_all(entry) if isinstance(entry, Mapping) else [entry])]
        else:
            found.append(value)
    return found


def first_screen(study: Study, said: tuple[sentences.Said, ...], names: Names, t: Wording) -> dict[str, Any]:
    """What one sees first: a sentence a task, the forest plot, what to do, and how far it reaches."""
    rules = study.verdict.rules
    return {
        "said": said,
        "setting": t(
            "first.setting",
            **sentences.counts(study.runs, t),
            objects=t("count.objects", n=study.test_objects),
            networks=t("count.networks", n=study.networks),
        ),
        "demo": study.demo,
        "plot": charts.forest(study, names, t),
        "note": t(
            "first.plot_note",
            confidence=t.share(1 - rules.alpha),
            margin=t.plainly(rules.margin),
            power=t.share(rules.power),
            alpha=t.share(rules.alpha),
        ),
        "advice": sentences.advice(study.verdict, names, t),
        "scope": sentences.scope_sentence(study.verdict, study.runs, t),
        "looks": t("first.looks", n=study.looks) if study.looks is not None else None,
    }
