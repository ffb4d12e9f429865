"""Pictures on the page: synthetic images beside their nearest photographs, and photographs of each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kilnmix.report import tables
from kilnmix.report.inputs import Picture, Sample, Study
from kilnmix.report.language import Wording
from kilnmix.report.naming import Names

SHOWN = 24
"""Most samples that are shown."""
EXAMPLES, OF_ONE_CLASS = 6, 2
"""Most synthetic images that are shown of the classes that moved, and of one of them."""


def section(study: Study, names: Names, t: Wording) -> dict[str, Any]:
    parts = [
        {"title": t(f"samples.part.{part}"), "pictures": [photograph(p, names, t) for p in study.photographs[part]]}
        for part in ("train", "val", "test")
        if study.photographs.get(part)
    ]
    return {"samples": [synthetic(sample, names, t) for sample in study.samples[:SHOWN]], "parts": parts}


def synthetic(sample: Sample, names: Names, t: Wording) -> dict[str, Any]:
    """One synthetic image: its labels as words, struck out where masked, and its nearest photograph."""
    words = [(names.label(task, label)[0], task in sample.masked) for task, label in sample.labels.items()]
    rejected = sample.status != "accepted"
    return {
        "pixels": sample.pixels,
        "prompt": sample.prompt,
        "words": words,
        "alt": t.plain("samples.alt_synthetic", labels=names.listed([word for word, _ in words])),
        "nearest": None if sample.nearest is None else photograph(sample.nearest, names, t),
        "similarity": ""
        if sample.similarity is None
        else t.plain("samples.similarity", value=f"{sample.similarity:.2f}"),
        "status": t.plain("samples.rejected", status=tables.status(sample.status, t)) if rejected else "",
    }


def photograph(picture: Picture, names: Names, t: Wording) -> dict[str, Any]:
    labels = names.listed([names.label(task, label)[0] for task, label in picture.labels.items() if label])
    return {
        "pixels": picture.pixels,
        "name": picture.name,
        "labels": labels,
        "alt": t.plain("samples.alt_photograph", name=picture.name, labels=labels),
    }


def examples(
    samples: Sequence[Sample], task: str, moved: Sequence[str], names: Names, t: Wording
) -> list[dict[str, Any]]:
    """Accepted synthetic images of the classes `moved` of a task, in their order."""
    chosen = []
    for name in moved:
        found = [s for s in samples if s.labels.get(task) == name and s.status == "accepted"][:OF_ONE_CLASS]
        chosen += [{**synthetic(sample, names, t), "caption": names.label(task, name)[0]} for sample in found]
    return chosen[:EXAMPLES]
