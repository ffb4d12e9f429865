"""What `prepare` leaves for every other stage: pixels decoded once, and a table beside them.

    pixels.npy        (N, S, S, 3) uint8, sRGB
    photographs.csv   id, object, then one column a task with the class id (empty: not known), source, confidence
    folds.csv         id, then one column a fold with train, val, test, or nothing (in no part)
    tasks.json        for every task its classes in order, with the words that go into captions and the Chinese ones
    terms.csv         id, then for every task its cell, the finer term, and TASK_sure: 0 for a class named with doubt
    captions.csv      id, caption: the photographs' free descriptions, where the label table has any

Rows of the tables and of the array are in one order.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from kilnmix.common import csv_files, manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import Fold
from kilnmix.common.readers import read_csv, understood

Part = Literal["train", "val", "test"]
MISSING = -1
CAPTIONS = "captions.csv"
RESERVED = ("id", "object", "source", "confidence")
"""Columns of photographs.csv that are no tasks."""


_NO_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]|^\.|[. ]$')


def check_task_names(tasks: Sequence[str]) -> None:
    """Tasks become columns, settings and file names.

    Raises:
        UserError: a name cannot be one of these.
    """
    for name in tasks:
        if name in RESERVED:
            raise UserError(
                f"A task cannot be named {name!r}, which is a column of the prepared table. Name it otherwise: "
                f"`--task NAME={name}`, or collection.columns.tasks."
            )
        if not name or len(name) > 60 or _NO_NAME.search(name):
            better = re.sub(r"[^\w-]+", "-", name).strip("-")[:40] or "NAME"
            raise UserError(
                f"A task cannot be named {name!r}, because its name becomes part of file names. Name it otherwise and "
                f"say which column is meant: `--task {shlex.quote(f'{better}={name}')}`, or collection.columns.tasks."
            )


@dataclass(frozen=True)
class Task:
    """A column of the label table that a classifier learns."""

    name: str
    classes: tuple[str, ...]
    words: Mapping[str, str]
    """Class id -> the English words for it in a caption."""
    native: Mapping[str, str] = field(default_factory=dict)
    """Class id -> its Chinese name, for those that have one."""

    def index(self, class_id: str) -> int:
        return self.classes.index(class_id)


@dataclass(frozen=True)
class Prepared:
    """The checked collection in memory; the pixels stay on disk until they are read.

    Attributes:
        ids: (N,) str, the photographs' names, stable when others are added.
        objects: (N,) int64, the object that a photograph shows (near-duplicates joined).
        labels: task name -> (N,) int64, index into the task's classes, -1 where not known.
        parts: fold -> (N,) str, `train`, `val`, `test` or empty.
        sources: (N,) str, empty where not known.
        confidence: (N,) float32, how sure the labels are said to be, 0..1, nan where nothing is said; none: not kept.
        captions: (N,) str, free descriptions, empty where there is none; None: not kept.
    """

    folder: Path
    tasks: tuple[Task, ...]
    ids: np.ndarray
    objects: np.ndarray
    labels: Mapping[str, np.ndarray]
    parts: Mapping[int, np.ndarray]
    sources: np.ndarray
    confidence: np.ndarray | None = None
    captions: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def pixels(self) -> np.ndarray:
        """(N, S, S, 3) uint8, mapped from disk read-only."""
        path = self.folder / "pixels.npy"
        with understood(path):
            pixels = np.load(path, mmap_mode="r")
            if pixels.shape != (len(self), *pixels.shape[1:2] * 2, 3) or pixels.dtype != np.uint8:
                raise ValueError(f"an array {pixels.shape} of {pixels.dtype} for {len(self)} photographs")
        return pixels

    @cached_property
    def views(self) -> np.ndarray:
        """(N,) int64: how many photographs there are of the object that each shows."""
        return np.bincount(self.objects, minlength=self.objects.max() + 1)[self.objects]

    @cached_property
    def label_matrix(self) -> np.ndarray:
        """(N, T) int64, the tasks in order, -1 where not known."""
        return np.stack([self.labels[task.name] for task in self.tasks], axis=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything here but the pixels' file name: changes when any of it changes."""
        summary = hashlib.sha256()
        names = ("pixels.npy", "photographs.csv", "folds.csv", "tasks.json")
        for name in (*names, *((CAPTIONS,) if self.captions is not None else ())):
            with (self.folder / name).open("rb") as file:
                summary.update(hashlib.file_digest(file, "sha256").digest())
        return summary.hexdigest()

    @cached_property
    def doubted(self) -> Mapping[str, np.ndarray]:
        """Task name -> (N,) bool, whether the table names the photograph's class with doubt (`Song?`), by terms.csv.

        Raises:
            UserError: terms.csv is missing or names other photographs.
        """
        rows = self._terms("sure")
        return {task.name: np.array([row[f"{task.name}_sure"] == "0" for row in rows]) for task in self.tasks}

    @cached_property
    def finer(self) -> Mapping[str, np.ndarray]:
        """Task name -> (N,) str, the finer term that the table names (`kangxi`), empty where none, by terms.csv.

        Raises:
            UserError: terms.csv is missing or names other photographs.
        """
        rows = self._terms("finer")
        return {task.name: np.array([row[f"{task.name}_finer"] for row in rows]) for task in self.tasks}

    def _terms(self, end: str) -> list[dict[str, str]]:
        path = self.folder / "terms.csv"
        rows = read_csv(path, ["id", *(f"{task.name}_{end}" for task in self.tasks)])
        with understood(path):
            if [row["id"] for row in rows] != self.ids.tolist():
                raise ValueError("it does not name the same photographs as photographs.csv")
        return rows

    def members(self, fold: Fold, part: Part) -> np.ndarray:
        """(n,) int64: rows of the photographs in one part of a fold; fold `all` trains on everything.

        Raises:
            UserError: there is no such fold.
        """
        if fold == "all":
            return np.arange(len(self)) if part == "train" else np.empty(0, np.int64)
        if fold not in self.parts:
            raise UserError(
                f"The prepared collection has no fold {fold}; it has {sorted(self.parts)}. Run `dvc repro`."
            )
        return np.flatnonzero(self.parts[fold] == part)

    def without_test(self, fold: int) -> Prepared:
        """The collection without the labels of a fold's test part, whose photographs are in no part of that fold."""
        hidden = self.parts[fold] == "test"
        labels = {name: np.where(hidden, MISSING, values) for name, values in self.labels.items()}
        parts = {**self.parts, fold: np.where(hidden, "", self.parts[fold])}
        return replace(self, labels=labels, parts=parts)

    def task(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)


def write_tables(prepared: Prepared) -> None:
    """Writes the tables (not the pixels) of `prepared` into its folder."""
    folder = prepared.folder
    names = [task.name for task in prepared.tasks]
    lines = []
    for row, photograph in enumerate(prepared.ids):
        cells = [_class_id(task, prepared.labels[task.name][row]) for task in prepared.tasks]
        sure = _number(prepared.confidence, row)
        lines.append([str(photograph), prepared.objects[row], *cells, str(prepared.sources[row]), sure])
    csv_files.write(folder / "photographs.csv", ["id", "object", *names, "source", "confidence"], lines)
    folds = sorted(prepared.parts)
    parts = ([str(name), *(prepared.parts[fold][row] for fold in folds)] for row, name in enumerate(prepared.ids))
    csv_files.write(folder / "folds.csv", ["id", *folds], parts)
    tasks = [
        {"name": task.name, "classes": task.classes, "words": dict(task.words), "native": dict(task.native)}
        for task in prepared.tasks
    ]
    (folder / "tasks.json").write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if prepared.captions is not None and any(prepared.captions):
        described = zip(prepared.ids, prepared.captions, strict=True)
        csv_files.write(folder / CAPTIONS, ["id", "caption"], ([str(cell) for cell in row] for row in described))


def _class_id(task: Task, index: int) -> str:
    return "" if index == MISSING else task.classes[index]


def _number(values: np.ndarray | None, row: int) -> str:
    return "" if values is None or np.isnan(values[row]) else f"{values[row]:g}"


def load(folder: Path) -> Prepared:
    """What `write_tables` wrote.

    Raises:
        UserError: the stage has not run, or a file is not the one that it wrote.
    """
    if not (folder / "tasks.json").exists():
        raise UserError(f"{folder} holds no prepared collection. Run `dvc repro prepare` first.")
    manifest.check(folder)
    with understood(folder):
        return _read(folder)


def _read(folder: Path) -> Prepared:
    tasks = tuple(
        Task(entry["name"], tuple(entry["classes"]), entry["words"], entry.get("native", {}))
        for entry in json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    )
    photographs = csv_files.read(folder / "photographs.csv")
    folds = csv_files.read(folder / "folds.csv")
    if not photographs or [row["id"] for row in photographs] != [row["id"] for row in folds]:
        raise ValueError("photographs.csv and folds.csv do not name the same photographs")
    labels = {task.name: _indices(task, [row[task.name] for row in photographs]) for task in tasks}
    captions = _captions(folder / CAPTIONS, [row["id"] for row in photographs])
    fold_names = [name for name in folds[0] if name != "id"]
    return Prepared(
        folder=folder,
        tasks=tasks,
        ids=np.array([row["id"] for row in photographs]),
        objects=np.array([int(row["object"]) for row in photographs], np.int64),
        labels=labels,
        parts={int(name): np.array([row[name] for row in folds]) for name in fold_names},
        sources=np.array([row["source"] for row in photographs]),
        confidence=np.array([float(row.get("confidence") or "nan") for row in photographs], np.float32),
        captions=captions,
    )


def _captions(path: Path, ids: Sequence[str]) -> np.ndarray | None:
    if not path.exists():
        return None
    rows = csv_files.read(path)
    if [row["id"] for row in rows] != list(ids):
        raise ValueError(f"{CAPTIONS} and photographs.csv do not name the same photographs")
    return np.array([row["caption"] for row in rows])


def _indices(task: Task, cells: Sequence[str]) -> np.ndarray:
    position = {"": MISSING, **{name: index for index, name in enumerate(task.classes)}}
    return np.array([position[cell] for cell in cells], np.int64)
