"""Pictures on the page: synthetic images beside their nearest photographs, and photographs of each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kilnmix.report.context import ReportContext
from kilnmix.report.inputs import Picture, Sample
from kilnmix.report.tables.pools import status

SHOWN = 24
"""Most samples that are shown."""
EXAMPLES, OF_ONE_CLASS = 6, 2
"""Most synthetic images that are shown of the classes that moved, and of each of them."""


def section(context: ReportContext) -> dict[str, Any]:
    """Pairs of synthetic images and photographs, and photographs by part."""
    photographs = context.inputs.photographs
    parts = [
        {
            "title": context.t(f"samples.part.{part}"),
            "pictures": [photograph(each, context) for each in photographs[part]],
        }
        for part in ("train", "val", "test")
        if photographs.get(part)
    ]
    return {"samples": [synthetic(sample, context) for sample in context.inputs.samples[:SHOWN]], "parts": parts}


def synthetic(sample: Sample, context: ReportContext) -> dict[str, Any]:
    """A synthetic image: its labels as words, struck out where masked, and its nearest photograph."""
    t, names = context.t, context.names
    words = [(names.label(task, label)[0], task in sample.masked) for task, label in sample.labels.items()]
    rejected = sample.status != "accepted"
    similarity = "" if sample.similarity is None else t.plain("samples.similarity", value=f"{sample.similarity:.2f}")
    return {
        "pixels": sample.pixels,
        "prompt": sample.prompt,
        "words": words,
        "alt": t.plain("samples.alt_synthetic", labels=names.listed([word for word, _ in words])),
        "nearest": None if sample.nearest is None else photograph(sample.nearest, context),
        "similarity": similarity,
        "status": t.plain("samples.rejected", status=status(sample.status, t)) if rejected else "",
    }


def photograph(picture: Picture, context: ReportContext) -> dict[str, Any]:
    """A photograph with its labels."""
    names = context.names
    labels = names.listed([names.label(task, label)[0] for task, label in picture.labels.items() if label])
    return {
        "pixels": picture.pixels,
        "name": picture.name,
        "labels": labels,
        "alt": context.t.plain("samples.alt_photograph", name=picture.name, labels=labels),
    }


def examples(task: str, moved: Sequence[str], context: ReportContext) -> list[dict[str, Any]]:
    """Accepted synthetic images of the classes `moved` of a task, in their order."""
    chosen = []
    for name in moved:
        accepted = [s for s in context.inputs.samples if s.labels.get(task) == name and s.status == "accepted"]
        caption = context.names.label(task, name)[0]
        chosen += [{**synthetic(sample, context), "caption": caption} for sample in accepted[:OF_ONE_CLASS]]
    return chosen[:EXAMPLES]
