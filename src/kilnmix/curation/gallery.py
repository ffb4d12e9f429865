"""A page with all images of a pool, to look at and to veto. Pure: tables in, HTML out."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from jinja2 import Environment

from kilnmix.collection.pictures.thumbnail import data_uri
from kilnmix.collection.prepared import MISSING, Task
from kilnmix.curation.accepted import ACCEPTED, Curated


def page(title: str, prefix: str, vetoes: str, tasks: Sequence[Task], curated: Curated, pixels: np.ndarray) -> str:
    """The gallery of one pool.

    Args:
        prefix: FOLD/ADAPTER, what a veto's line begins with.
        vetoes: the file that vetoes go into.
        pixels: (m, S, S, 3) uint8, in the order of `curated`.
    """
    groups: dict[str, list[dict[str, object]]] = {ACCEPTED: []}
    for row, name in enumerate(curated.ids):
        words = [
            (task.words[task.classes[label]], bool(curated.masked[row, column]))
            for column, task in enumerate(tasks)
            if (label := curated.asked[row, column]) != MISSING
        ]
        caption = "Synthetic image: " + ", ".join(word for word, _ in words)
        image: dict[str, object] = {"id": name, "words": words, "caption": caption, "data": data_uri(pixels[row])}
        groups.setdefault(curated.status[row], []).append(image)
    template = Environment(autoescape=True).from_string(
        files("kilnmix.curation").joinpath("gallery.html").read_text(encoding="utf-8")
    )
    return template.render(title=title, prefix=prefix, vetoes=vetoes, groups=groups.items(), accepted=ACCEPTED)
