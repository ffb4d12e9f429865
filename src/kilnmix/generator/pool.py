"""A pool of synthetic images on disk.

    images/000123.png    one image, its making in its metadata (PNG text chunk `kilnmix`, JSON)
    pool.csv             id, seed, prompt, then one column a task with the class that was asked for

Files are named by request number, so that two pools can be compared image by image.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common import files, manifest
from kilnmix.common.errors import UserError
from kilnmix.generator.requests import Order, Request, image_seed


@dataclass(frozen=True)
class Pool:
    """The table of one pool.

    Attributes:
        ids: (m,) names of the images without `.png`.
        labels: (m, T) int64, the classes asked for, -1 where the caption left a task open.
        prompts, seeds: (m,) what each image was drawn from.
    """

    folder: Path
    ids: tuple[str, ...]
    labels: np.ndarray
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def picture(self, row: int) -> np.ndarray:
        """(S, S, 3) uint8."""
        with Image.open(self.folder / "images" / f"{self.ids[row]}.png") as image:
            return np.asarray(image.convert("RGB"))

    def pictures(self) -> np.ndarray:
        """(m, S, S, 3) uint8, all of one side; held once, for a pool may be gigabytes."""
        pixels = np.empty((len(self), *self.picture(0).shape), np.uint8)
        for row in range(len(self)):
            pixels[row] = self.picture(row)
        return pixels


def image_id(request: Request) -> str:
    return f"{request.number:06d}"


def write_image(path: Path, pixels: np.ndarray, made: Mapping[str, object]) -> None:
    """Saves a (S, S, 3) uint8 picture as PNG with a mark that says that it is synthetic and how it was made."""
    mark = PngInfo()
    mark.add_text("kilnmix", json.dumps({"synthetic": True, **made}, ensure_ascii=True, sort_keys=True))
    mark.add_text("Software", "kilnmix")
    mark.add_text("Comment", "Synthetic image, drawn by a diffusion model; not a photograph.")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=mark)
    files.write(path, buffer.getvalue())


def write(folder: Path, tasks: Sequence[Task], order: Order, drawn: Path, seed: int) -> None:
    """Puts the pool together from the images in the folder `drawn`."""
    (folder / "images").mkdir()
    for request in order.requests:
        name = f"{image_id(request)}.png"
        shutil.copyfile(drawn / name, folder / "images" / name)
    write_table(
        folder, tasks, order.requests, order.prompts, [image_seed(seed, request.number) for request in order.requests]
    )


def write_table(
    folder: Path, tasks: Sequence[Task], requests: Sequence[Request], prompts: Sequence[str], seeds: Sequence[int]
) -> None:
    with (folder / "pool.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "seed", "prompt", *(task.name for task in tasks)])
        for request, prompt, seed in zip(requests, prompts, seeds, strict=True):
            cells = [
                "" if label == MISSING else task.classes[label]
                for task, label in zip(tasks, request.labels, strict=True)
            ]
            writer.writerow([image_id(request), seed, prompt, *cells])


def load(folder: Path, tasks: Sequence[Task]) -> Pool:
    """The pool that `generate` left.

    Raises:
        UserError: the stage has not run.
    """
    if not (folder / "pool.csv").exists():
        raise UserError(f"{folder} holds no pool. Run `dvc repro generate` first.")
    manifest.check(folder)
    with (folder / "pool.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    labels = [[MISSING if row[task.name] == "" else task.index(row[task.name]) for task in tasks] for row in rows]
    return Pool(
        folder=folder,
        ids=tuple(row["id"] for row in rows),
        labels=np.array(labels, np.int64).reshape(len(rows), len(tasks)),
        prompts=tuple(row["prompt"] for row in rows),
        seeds=tuple(int(row["seed"]) for row in rows),
    )
