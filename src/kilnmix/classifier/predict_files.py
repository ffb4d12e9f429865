"""Picture files in, the likeliest classes of every task out."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kilnmix.classifier import predict
from kilnmix.collection.pictures import picture as pictures
from kilnmix.common.errors import UserError

BATCH = 64
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic"}


def expand(paths: Sequence[Path]) -> list[Path]:
    """The picture files among paths; a folder stands for the pictures in it, sorted.

    Raises:
        UserError: a path is not there, or there is no picture at all.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
        elif path.exists():
            found.append(path)
        else:
            raise UserError(f"There is no file {path}. Name pictures, or a folder that holds some.")
    if not found:
        raise UserError(f"{', '.join(map(str, paths))} holds no pictures ({', '.join(sorted(_SUFFIXES))}).")
    return found


def answer(
    files: Sequence[Path], folder: Path, count: int
) -> Iterator[tuple[Path, dict[str, list[tuple[str, float]]]]]:
    """For every picture its `count` likeliest classes a task; one that cannot be read is told of on standard error.

    Args:
        folder: of the model, as `refit` leaves it.

    Raises:
        UserError: there is no model in the folder, or no picture can be read.
    """
    model = predict.load(folder)
    read = 0
    for start in range(0, len(files), BATCH):
        names, squares = [], []
        for path in files[start : start + BATCH]:
            try:
                picture = pictures.decode(path, model.size, model.fit)  # type: ignore[arg-type]
            except pictures.PictureError as fault:
                print(f"kilnmix: {path}: {fault}", file=sys.stderr)
                continue
            names.append(path)
            squares.append(picture.square)
        if names:
            probabilities, _ = predict.apply(model, np.stack(squares))
            yield from zip(names, predict.most_likely(model, probabilities, count), strict=True)
        read += len(names)
    if not read:
        raise UserError("None of these pictures can be read; the reasons stand above.")


def write_csv(rows: Iterator[tuple[Path, dict[str, list[tuple[str, float]]]]]) -> None:
    """A line a picture and task on standard output: picture, task, then class and probability, likeliest first."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["picture", "task", "class", "probability"])
    for path, tasks in rows:
        for task, classes in tasks.items():
            for name, probability in classes:
                writer.writerow([path, task, name, f"{probability:.4f}"])


def write_json(rows: Iterator[tuple[Path, dict[str, list[tuple[str, float]]]]]) -> None:
    """A JSON object a line and picture on standard output."""
    for path, tasks in rows:
        found = {task: {name: round(value, 4) for name, value in classes} for task, classes in tasks.items()}
        print(json.dumps({"picture": str(path), **found}, ensure_ascii=False))
