"""What curation found in the pools of synthetic images."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kilnmix.collection.prepared import Prepared, Task
from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.common.readers import read_mapping, understood
from kilnmix.curation import accepted, support_table
from kilnmix.report.inputs import Alignment, PoolCount, PoolSupport

REMEDY = "Run `dvc repro curate`, which makes it anew."


def alignments(photographs: Prepared, pairs: list[tuple[int, int]]) -> list[Alignment]:
    """One entry a task, over the pools of all (fold, adapter) pairs.

    Raises:
        UserError: an alignment.json is missing or damaged.
    """
    files = [read_mapping(output("curate", *pair) / "alignment.json", REMEDY) for pair in pairs]
    try:
        return [_alignment(task, files) for task in photographs.tasks]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"The alignment.json of a pool in out/curate lacks {error}. {REMEDY}") from error


def _alignment(task: Task, files: Sequence[Mapping[str, Any]]) -> Alignment:
    tables = [file[task.name]["classes"] for file in files]
    asked = np.array([[table[name]["asked"] for name in task.classes] for table in tables], float)
    means = {
        key: weighted_mean([[table[name][key] for name in task.classes] for table in tables], asked)
        for key in ("alignment", "recall", "distance")
    }
    skill = float(np.mean([file[task.name]["skill"] for file in files]))
    return Alignment(task.name, task.classes, asked.sum(axis=0), **means, skill=skill)


def weighted_mean(values: list[list[float | None]], weights: np.ndarray) -> np.ndarray:
    """(K,) mean over pools of the known values, weighted by images asked for; NaN where nothing is known.

    Args:
        values: pool -> class -> value. weights: (pools, K) float64.
    """
    table = np.array([[math.nan if value is None else value for value in row] for row in values], float)
    known = np.where(np.isnan(table), 0.0, np.maximum(weights, 1e-9))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nansum(np.nan_to_num(table) * known, axis=0) / known.sum(axis=0)


def pool_count(photographs: Prepared, fold: int, adapter: int) -> PoolCount:
    """How many images of a pool were drawn, accepted, rejected and masked."""
    curated = output("curate", fold, adapter)
    rows = accepted.rows(curated)
    with understood(curated):
        kept = [row for row in rows if row["status"] == accepted.ACCEPTED]
        names = [task.name for task in photographs.tasks]
        return PoolCount(
            fold=fold,
            adapter=adapter,
            drawn=len(rows),
            accepted=len(kept),
            rejected=dict(Counter(row["status"] for row in rows if row["status"] != accepted.ACCEPTED)),
            labelled={name: sum(bool(row[name]) for row in kept) for name in names},
            masked={name: sum(row[f"{name}_masked"] == "1" for row in kept) for name in names},
        )


def pool_support(fold: int, adapter: int) -> PoolSupport | None:
    """How far a pool covers the photographs; None where curation did not say."""
    rows = support_table.read(output("curate", fold, adapter), REMEDY)
    return PoolSupport(fold, adapter, tuple(rows)) if rows else None
