"""Labels in doubt as a table and as a page."""

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
from kilnmix.curation.doubts import Doubt

ROOM, STEM = "kilnmix.curation.pages", "doubts"
MOST_SHOWN = 200
"""Most labels of a task on the page; the table has all."""


def write(folder: Path, prepared: Prepared, doubts: Sequence[Doubt]) -> None:
    """`doubts.csv` in a folder, and the page in every language: doubts.html, doubts.zh.html."""
    header = ["photograph", "task", "wrong", "given", "given_probability", "likelier", "likelier_probability", "sure"]
    csv_files.write(folder / "doubts.csv", header, map(_cells, doubts))
    shown: dict[str, list[tuple[Doubt, Thumbnail]]] = {}
    for doubt in doubts:
        entries = shown.setdefault(doubt.task, [])
        if len(entries) < MOST_SHOWN:
            entries.append((doubt, thumbnail(prepared.pixels[doubt.row], doubt.photograph)))
    tasks = {task.name: task for task in prepared.tasks}
    template, known = environment(ROOM).get_template("doubts.html"), editions(ROOM, STEM)
    for edition in known:
        others = [other for other in known if other is not edition]
        page = template.render(t=edition.t, others=others, task_name=task_name, label=label, tasks=tasks, shown=shown)
        files.write(folder / edition.file, page)


def _cells(doubt: Doubt) -> list[str]:
    given, likelier = f"{doubt.given_probability:.3f}", f"{doubt.likelier_probability:.3f}"
    sure = "" if np.isnan(doubt.sure) else f"{doubt.sure:g}"
    return [doubt.photograph, doubt.task, f"{doubt.wrong:.3f}", doubt.given, given, doubt.likelier, likelier, sure]
