"""Labels in doubt, and labels that break a rule, as tables and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kilnmix.collection.card.page import label
from kilnmix.collection.card.sentences import task_name
from kilnmix.collection.pictures.thumbnail import Thumbnail, thumbnail
from kilnmix.collection.prepared import Prepared
from kilnmix.common import csv_files, files
from kilnmix.common.pages.templates import environment
from kilnmix.common.pages.wording import editions
from kilnmix.curation.breaches import Breach
from kilnmix.curation.doubts import Doubt

ROOM, STEM = "kilnmix.curation.pages", "doubts"
MOST_SHOWN = 200
"""Most labels of a task on the page; the table has all."""


def write(folder: Path, prepared: Prepared, doubts: Sequence[Doubt], breaches: Sequence[Breach] = ()) -> None:
    """`doubts.csv` and `breaches.csv` in a folder, and the page in every language: doubts.html, doubts.zh.html."""
    header = ["photograph", "task", "wrong", "given", "given_probability", "likelier", "likelier_probability", "sure"]
    csv_files.write(folder / "doubts.csv", header, map(_cells, doubts))
    csv_files.write(
        folder / "breaches.csv", ["photograph", "rule", "strength", "labels", "source"], map(_about, breaches)
    )
    shown: dict[str, list[tuple[Doubt, Thumbnail]]] = {}
    for doubt in doubts:
        entries = shown.setdefault(doubt.task, [])
        if len(entries) < MOST_SHOWN:
            entries.append((doubt, thumbnail(prepared.pixels[doubt.row], doubt.photograph)))
    broken = [(breach, thumbnail(prepared.pixels[breach.row], breach.photograph)) for breach in breaches[:MOST_SHOWN]]
    tasks = {task.name: task for task in prepared.tasks}
    template, known = environment(ROOM).get_template("doubts.html"), editions(ROOM, STEM)
    for edition in known:
        others = [other for other in known if other is not edition]
        page = template.render(
            t=edition.t, others=others, task_name=task_name, label=label, tasks=tasks, shown=shown,
            broken=broken, breaches=len(breaches),
        )  # fmt: skip
        files.write(folder / edition.file, page)


def _about(breach: Breach) -> list[str]:
    named = dict(breach.finer)
    labels = " ".join(f"{task}={name}{f' ({named[task]})' if task in named else ''}" for task, name in breach.labels)
    return [breach.photograph, breach.rule.name, breach.rule.strength, labels, breach.rule.source]


def _cells(doubt: Doubt) -> list[str]:
    given, likelier = f"{doubt.given_probability:.3f}", f"{doubt.likelier_probability:.3f}"
    sure = "" if np.isnan(doubt.sure) else f"{doubt.sure:g}"
    return [doubt.photograph, doubt.task, f"{doubt.wrong:.3f}", doubt.given, given, doubt.likelier, likelier, sure]
