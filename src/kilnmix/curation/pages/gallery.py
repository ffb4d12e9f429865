"""A page with all images of a pool, to look at, to veto and to comment. Pure: tables in, HTML out.

One file a language, which loads nothing. Pictures are on sheets of a hundred thumbnails, each decoded when it comes
into sight.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from kilnmix.collection.prepared import MISSING, Prepared, Task
from kilnmix.common.pages.templates import environment
from kilnmix.common.pages.wording import Wording, editions
from kilnmix.curation.accepted import Curated
from kilnmix.curation.pages import sheets
from kilnmix.curation.vetoes import Veto
from kilnmix.generator.pool import Pool

ROOM, STEM = "kilnmix.curation.pages", "gallery"


@dataclass(frozen=True)
class Shown:
    """What the page shows beside the table.

    Attributes:
        place: (fold, adapter); FOLD/ADAPTER is what a veto's image begins with.
        picture: the image in a row of the table, (S, S, 3) uint8.
        photograph: the photograph of an id, (S, S, 3) uint8.
        vetoes: all that the file has, of other pools too: the export holds them again.
        file: that vetoes go into; empty where the settings name none.
    """

    place: tuple[object, int]
    picture: Callable[[int], np.ndarray]
    photograph: Callable[[str], np.ndarray]
    vetoes: Sequence[Veto]
    file: str


def shown(
    place: tuple[object, int], pool: Pool, photographs: Prepared, vetoes: Sequence[Veto], file: Path | None
) -> Shown:
    """What the page of a pool shows, read from the disk as it is needed."""
    rows = {str(name): row for row, name in enumerate(photographs.ids)}
    return Shown(place, pool.picture, lambda name: photographs.pixels[rows[name]], vetoes, str(file or ""))


def pages(pool: Shown, tasks: Sequence[Task], curated: Curated) -> dict[str, str]:
    """File name -> the gallery of one pool, in every language: gallery.html, gallery.zh.html."""
    beside = [_beside(curated, row) for row in range(len(curated.ids))]
    photographs = {name: place for place, name in enumerate(dict.fromkeys(name for names in beside for name in names))}
    images = [_image(curated, row, tasks, [photographs[name] for name in beside[row]]) for row in range(len(beside))]
    fold, adapter = pool.place
    data = {
        "prefix": f"{fold}/{adapter}/",
        "images": images,
        "photographs": list(photographs),
        "vetoes": [[veto.image, veto.comment] for veto in pool.vetoes],
        "side": sheets.SIDE,
        "across": sheets.ACROSS,
    }
    drawn = list(sheets.sheets(map(pool.picture, range(len(images)))))
    originals = list(sheets.sheets(map(pool.photograph, photographs)))
    template, known = environment(ROOM).get_template("gallery.html"), editions(ROOM, STEM)
    return {
        edition.file: template.render(
            t=edition.t,
            others=[other for other in known if other is not edition],
            title=edition.t("gallery.title", fold=fold, adapter=adapter),
            vetoes=pool.file,
            data=_json(data | _named(curated, tasks, edition.t)),
            sheets=drawn,
            originals=originals,
        )
        for edition in known
    }


def _named(curated: Curated, tasks: Sequence[Task], t: Wording) -> dict[str, object]:
    """What the page's script writes in the page's language."""
    return {
        "tasks": [{"name": task.name, "classes": [_label(task, name, t) for name in task.classes]} for task in tasks],
        "reasons": {name: _reason(name, t) for name in dict.fromkeys(curated.status)},
        "faults": {name: _reason(name, t) for name in curated.faults},
        "words": {key: t.texts[f"gallery.{key}"] for key in ("shown", "likely", "score", "nothing")},
    }


def _image(curated: Curated, row: int, tasks: Sequence[Task], beside: Sequence[int]) -> list[object]:
    """[id, reason, [task, class, probability, masked] each, score, places of photographs, faults]."""
    labels = [
        [column, int(label), round(float(curated.probability[row, column]), 3), int(curated.masked[row, column])]
        for column in range(len(tasks))
        if (label := curated.asked[row, column]) != MISSING
    ]
    faults = [name for name, found in curated.faults.items() if found[row]]
    return [curated.ids[row], curated.status[row], labels, round(float(curated.similarity[row]), 3), beside, faults]


def _beside(curated: Curated, row: int) -> list[str]:
    """The likeliest original, then the photographs with the nearest features."""
    names = [curated.nearest[row], *(curated.neighbours[row] if len(curated.neighbours) else ())]
    return list(dict.fromkeys(name for name in names if name))


def _json(data: object) -> Markup:
    """JSON that can stand in a script element: nothing in it ends the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _reason(name: str, t: Wording) -> str:
    return t.plain(f"status.{name}") if f"status.{name}" in t else name


def _label(task: Task, class_id: str, t: Wording) -> str:
    """The words for a class in the page's language."""
    native = task.native.get(class_id, "") if t.language == "zh" else ""
    return native or task.words[class_id]
