"""A page with all images of a pool, to look at and to veto. Pure: tables in, HTML out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kilnmix.collection.pictures.thumbnail import data_uri
from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common.pages.templates import environment
from kilnmix.common.pages.wording import Wording, load
from kilnmix.curation.accepted import ACCEPTED, Curated


def page(
    place: tuple[object, int],
    vetoes: str,
    tasks: Sequence[Task],
    curated: Curated,
    picture: Callable[[int], np.ndarray],
    language: str = "en",
) -> str:
    """The gallery of one pool.

    Args:
        place: (fold, adapter); FOLD/ADAPTER is what a veto's line begins with.
        vetoes: the file that vetoes go into; empty where the settings name none.
        picture: the image in a row of `curated`, (S, S, 3) uint8.
    """
    t = load("kilnmix.curation.pages", language)
    fold, adapter = place
    groups: dict[str, list[dict[str, object]]] = {ACCEPTED: []}
    for row, name in enumerate(curated.ids):
        words = [
            (_label(task, task.classes[label], t), bool(curated.masked[row, column]))
            for column, task in enumerate(tasks)
            if (label := curated.asked[row, column]) != MISSING
        ]
        caption = t.plain("gallery.image", labels=t.texts["list.comma"].join(word for word, _ in words))
        image: dict[str, object] = {"id": name, "words": words, "caption": caption, "data": data_uri(picture(row))}
        groups.setdefault(curated.status[row], []).append(image)
    return (
        environment("kilnmix.curation.pages")
        .get_template("gallery.html")
        .render(
            t=t,
            title=t("gallery.title", fold=fold, adapter=adapter),
            prefix=f"{fold}/{adapter}",
            vetoes=vetoes,
            groups=groups.items(),
            accepted=ACCEPTED,
        )
    )


def _label(task: Task, class_id: str, t: Wording) -> str:
    """The words for a class in the page's language."""
    native = task.native.get(class_id, "") if t.language == "zh" else ""
    return native or task.words[class_id]
