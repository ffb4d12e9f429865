"""A pool of synthetic images on disk.

    images/000123.png    one image, its making in its metadata (PNG text chunk `kilnmix`, JSON)
    pool.csv             id, seed, prompt, then one column a task with the class that was asked for; where images begin
                         from photographs `source` and `weight`: the photograph's id, and the share of the class asked
                         for in the soft label, the rest of which is that of the photograph's own; then TASK_soft, as
                         in collection.soft_labels, for tasks that have soft labels

Files are named by request number, so that two pools can be compared image by image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from kilnmix.collection import soft_labels
from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_csv, understood


@dataclass(frozen=True)
class Pool:
    """The table of one pool.

    Attributes:
        ids: (m,) names of the images without `.png`.
        labels: (m, T) int64, the classes asked for, -1 where the caption left a task open.
        prompts, seeds: (m,) what each image was drawn from.
        sources: (m,) id of the photograph that it begins from, empty where there is none.
        weights: (m,) share of `labels` in its soft label.
        soft: task -> (m, C) float32 label shares, for tasks that have soft labels.
    """

    folder: Path
    ids: tuple[str, ...]
    labels: np.ndarray
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    sources: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    soft: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def picture(self, row: int) -> np.ndarray:
        """(S, S, 3) uint8."""
        path = self.folder / "images" / f"{self.ids[row]}.png"
        with understood(path), Image.open(path) as image:
            return np.asarray(image.convert("RGB"))

    def pictures(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(k, S, S, 3) uint8, all of one side; a whole pool may be gigabytes."""
        pixels = np.empty((len(rows), *self.picture(int(rows[0])).shape), np.uint8)
        for place, row in enumerate(rows):
            pixels[place] = self.picture(int(row))
        return pixels


def load(folder: Path, tasks: Sequence[Task]) -> Pool:
    """The pool that `generate` left.

    Raises:
        UserError: the stage has not run.
    """
    if not (folder / "pool.csv").exists():
        raise UserError(f"{folder} holds no pool. Run `dvc repro generate` first.")
    manifest.check(folder)
    path = folder / "pool.csv"
    rows = read_csv(path, ["id", "seed", "prompt", *(task.name for task in tasks)])
    with understood(path):
        labels = [[MISSING if row[task.name] == "" else task.index(row[task.name]) for task in tasks] for row in rows]
        return Pool(
            folder=folder,
            ids=tuple(row["id"] for row in rows),
            labels=np.array(labels, np.int64).reshape(len(rows), len(tasks)),
            prompts=tuple(row["prompt"] for row in rows),
            seeds=tuple(int(row["seed"]) for row in rows),
            sources=tuple(row.get("source") or "" for row in rows),
            weights=tuple(float(row.get("weight") or 1) for row in rows),
            soft=soft_labels.read_all(tasks, rows),
        )
