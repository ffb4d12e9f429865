"""Labels in doubt as a table and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kilnmix.collection.card.page import label
from kilnmix.collection.card.sentences import task_name
from kilnmix.collection.pictures.thumbnail import Thumbnail, thumbnail
from kilnmix.collection.prepared import Prepared
from kilnmix.common import csv_files
from kilnmix.common.pages.templates import environment
from kilnmix.common.pages.wording import load
from kilnmix.curation.doubts import Doubt

MOST_SHOWN = 200
"""Most labels of a task on the page; the table has all."""


def write(folder: Path, prepared: Prepared, doubts: Sequence[Doubt], language: str = "en") -> None:
    """`doubts.csv` and `doubts.html` in a folder, the page in a language."""
    header = ["photograph", "task", "wrong", "given", "given_probability", "likelier", "likelier_probability", "sure"]
    csv_files.write(folder / "doubts.csv", header, map(_cells, doubts))
    shown: dict[str, list[tuple[Doubt, Thumbnail]]] = {}
    for doubt in doubts:
        entries = shown.setdefault(doubt.task, [])
        if len(entries) < MOST_SHOWN:
            entries.append((doubt, thumbnail(prepared.pixels[doubt.row], doubt.photograph)))
    t, tasks = load("kilnmix.curation.pages", language), {task.name: task for task in prepared.tasks}
    template = environment("kilnmix.curation.pages").get_template("doubts.html")
    page = template.render(t=t, task_name=task_name, label=label, tasks=tasks, shown=shown)
    (folder / "doubts.html").write_text(page, encoding="utf-8")


def _cells(doubt: Doubt) -> list[str]:
    given, likelier = f"{doubt.given_probability:.3f}", f"{doubt.likelier_probability:.3f}"
    sure = "" if np.isnan(doubt.sure) else f"{doubt.sure:g}"
    return [doubt.photograph, doubt.task, f"{doubt.wrong:.3f}", doubt.given, given, doubt.likelier, likelier, sure]
