"""Pictures for the report: synthetic images with their nearest photographs, and photographs of each part."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.common.paths import output
from kilnmix.common.readers import understood
from kilnmix.config import Params
from kilnmix.curation import accepted
from kilnmix.generator import pool as pools
from kilnmix.report.inputs import Picture, Sample

PHOTOGRAPHS = 8
"""Photographs of each part."""


def samples(photographs: Prepared, fold: int, adapter: int) -> tuple[Sample, ...]:
    """A pool's images; its beginning holds the combinations in their proportions."""
    pool = pools.load(output("generate", fold, adapter), photographs.tasks)
    position = {name: row for row, name in enumerate(photographs.ids.tolist())}
    curated = output("curate", fold, adapter)
    rows = accepted.rows(curated)
    with understood(curated):
        return tuple(
            Sample(
                pixels=pool.picture(row),
                name=entry["id"],
                prompt=pool.prompts[row],
                labels={task.name: entry[task.name] for task in photographs.tasks if entry[task.name]},
                masked=tuple(task.name for task in photographs.tasks if entry[f"{task.name}_masked"] == "1"),
                nearest=_picture(photographs, position[entry["nearest"]]) if entry["nearest"] in position else None,
                similarity=float(entry["similarity"]),
                status=entry["status"],
            )
            for row, entry in enumerate(rows)
        )


def photographs_of_part(params: Params, photographs: Prepared, part: Literal["train", "val", "test"]) -> list[Picture]:
    """A few photographs of a part of the first fold, drawn by the study's seed."""
    rows = photographs.members(params.folds[0], part)
    chosen = seeds.rng(params.seed, "report photographs", part).permutation(rows)[:PHOTOGRAPHS]
    return [_picture(photographs, int(row)) for row in chosen]


def _picture(photographs: Prepared, row: int) -> Picture:
    labels = {
        task.name: task.classes[label]
        for task in photographs.tasks
        if (label := photographs.labels[task.name][row]) != MISSING
    }
    return Picture(np.asarray(photographs.pixels[row]), str(photographs.ids[row]), labels)
