"""A page with all images of a pool, to look at and to veto. Pure: tables in, HTML out."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from jinja2 import Environment
from PIL import Image

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.curation.accepted import ACCEPTED, Curated

THUMBNAIL = 128


def thumbnail(pixels: np.ndarray, quality: int = 80) -> str:
    """A (S, S, 3) uint8 picture as base64 WebP, at most `THUMBNAIL` pixels wide: a page holds thousands."""
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    image.save(buffer, "WEBP", quality=quality)
    return base64.b64encode(buffer.getvalue()).decode()


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
        image: dict[str, object] = {"id": name, "words": words, "caption": caption, "data": thumbnail(pixels[row])}
        groups.setdefault(curated.status[row], []).append(image)
    template = Environment(autoescape=True).from_string(
        files("kilnmix.curation").joinpath("gallery.html").read_text(encoding="utf-8")
    )
    return template.render(title=title, prefix=prefix, vetoes=vetoes, groups=groups.items(), accepted=ACCEPTED)
