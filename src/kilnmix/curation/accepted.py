"""What `curate` leaves of a pool.

images.csv       id, status (`accepted` or the reason of rejection), likeliest original and score, then for every
                 task the class asked for, the judges' probability for it, and whether the label is masked; sharpness,
                 share of clipped pixels, share of the border that the vessel covers, and the faults (`quality`);
                 TASK_soft (collection.soft_labels) for tasks that have soft labels
pixels.npy       (m, S, S, 3) uint8, the accepted images at the prepared collection's size, in the table's order
alignment.json   task -> judges' skill, and for every class how many images were asked for, how often the judges
                 agree, with a 95 % interval over images, their recall on real photographs, and the kernel distance of
                 features
support.csv      of the pool and of every class how far its images and photographs cover each other (`support`)
gallery.html     the images, to look at, to veto and to comment; gallery.zh.html in Chinese
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kilnmix.collection import soft_labels
from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common import csv_files, manifest
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_csv, understood

ACCEPTED = "accepted"


@dataclass(frozen=True)
class Accepted:
    """The accepted images of one pool.

    Attributes:
        ids: (m,) names of the images.
        asked: (m, T) int64, the classes that each was drawn for, -1 for none.
        kept: (m, T) int64, the same with masked labels -1.
        alignment: (m,) float64, the mean over its tasks of the judges' probability for the class asked for.
        soft: task -> (m, C) float32 label shares, for tasks that have soft labels.
    """

    folder: Path
    ids: tuple[str, ...]
    asked: np.ndarray
    kept: np.ndarray
    alignment: np.ndarray
    soft: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def pixels(self) -> Path:
        """File of the images, (m, S, S, 3) uint8, rows as here."""
        return self.folder / "pixels.npy"


@dataclass(frozen=True)
class Curated:
    """What curation found out about every image of a pool.

    Attributes:
        ids: (m,) names.
        status: (m,) `accepted`, or why not.
        nearest: (m,) id of the nearest training photograph; similarity: (m,) float to it.
        asked: (m, T) int64; probability: (m, T) float32, the judges' for the class asked for, NaN for none.
        masked: (m, T) bool.
        neighbours: (m,) ids of the photographs with the nearest features.
        soft: task -> (m, C) float32 label shares, for tasks that have soft labels.
        measures: column -> (m,) float; faults: name -> (m,) bool, whether or not an image is rejected for it.
    """

    ids: Sequence[str]
    status: Sequence[str]
    nearest: Sequence[str]
    similarity: np.ndarray
    asked: np.ndarray
    probability: np.ndarray
    masked: np.ndarray
    neighbours: Sequence[Sequence[str]] = ()
    measures: Mapping[str, np.ndarray] = field(default_factory=dict)
    faults: Mapping[str, np.ndarray] = field(default_factory=dict)
    soft: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def accepted(self) -> np.ndarray:
        """(k,) int64 rows of the accepted images."""
        return np.flatnonzero(np.array(self.status) == ACCEPTED)


def write_table(folder: Path, tasks: Sequence[Task], curated: Curated) -> None:
    with (folder / "images.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv_files.writer(file)
        per_task = [name for task in tasks for name in (task.name, f"{task.name}_probability", f"{task.name}_masked")]
        soft = {
            task.name: soft_labels.cells_of(task, curated.soft[task.name], curated.asked[:, column])
            for column, task in enumerate(tasks)
            if task.name in curated.soft
        }
        ends = [f"{name}{soft_labels.END}" for name in soft]
        writer.writerow(["id", "status", "nearest", "similarity", *per_task, *curated.measures, "faults", *ends])
        for row, name in enumerate(curated.ids):
            cells: list[object] = [name, curated.status[row], curated.nearest[row], f"{curated.similarity[row]:.4f}"]
            for column, task in enumerate(tasks):
                label = curated.asked[row, column]
                if label == MISSING:
                    cells += ["", "", ""]
                else:
                    probability = f"{curated.probability[row, column]:.4f}"
                    cells += [task.classes[label], probability, int(curated.masked[row, column])]
            cells += [f"{values[row]:.4f}" for values in curated.measures.values()]
            cells.append(" ".join(name for name, found in curated.faults.items() if found[row]))
            writer.writerow([*cells, *(column[row] for column in soft.values())])


def write_trusted(
    folder: Path, tasks: Sequence[Task], ids: Sequence[str], pixels: np.ndarray, labels: np.ndarray
) -> None:
    """A pool whose images nobody needs to judge, such as other photographs: all accepted, no label masked.

    Args:
        pixels: (m, S, S, 3) uint8 at the prepared collection's size.
        labels: (m, T) int64, -1 where not known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "pixels.npy", pixels, allow_pickle=False)
    count = len(ids)
    found = Curated(
        ids=ids,
        status=[ACCEPTED] * count,
        nearest=[""] * count,
        similarity=np.zeros(count),
        asked=labels,
        probability=np.ones(labels.shape, np.float32),
        masked=np.zeros(labels.shape, bool),
    )
    write_table(folder, tasks, found)


def rows(folder: Path) -> list[dict[str, str]]:
    """The table's rows.

    Raises:
        UserError: the stage has not run.
    """
    if not (folder / "images.csv").exists():
        raise UserError(f"{folder} holds no curated pool. Run `dvc repro curate` first.")
    manifest.check(folder)
    return read_csv(folder / "images.csv", ["id", "status"])


def load(folder: Path, tasks: Sequence[Task]) -> Accepted:
    """The accepted images of the pool in `folder`; raises `UserError` as `rows` does."""
    accepted = [row for row in rows(folder) if row["status"] == ACCEPTED]
    with understood(folder):
        found = _of_rows(folder, tasks, accepted)
        if len(np.load(found.pixels, mmap_mode="r")) != len(found):
            raise ValueError(f"pixels.npy does not hold the {len(found)} accepted images of images.csv")
    return found


def _of_rows(folder: Path, tasks: Sequence[Task], accepted: Sequence[Mapping[str, str]]) -> Accepted:
    asked = np.full((len(accepted), len(tasks)), MISSING, np.int64)
    kept = asked.copy()
    probability = np.full(asked.shape, np.nan)
    for place, row in enumerate(accepted):
        for column, task in enumerate(tasks):
            if row[task.name]:
                asked[place, column] = task.index(row[task.name])
                probability[place, column] = float(row[f"{task.name}_probability"])
                if row[f"{task.name}_masked"] == "0":
                    kept[place, column] = asked[place, column]
    known = np.isfinite(probability)
    alignment = np.where(known, probability, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    soft = soft_labels.read_all(tasks, accepted)
    return Accepted(folder, tuple(row["id"] for row in accepted), asked, kept, alignment, soft)


def write_alignment(folder: Path, alignment: Mapping[str, object]) -> None:
    (folder / "alignment.json").write_text(json.dumps(alignment, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def number(value: float) -> float | None:
    """A number for JSON, which has no NaN."""
    return None if math.isnan(value) else round(float(value), 6)
