"""The way from a folder of raw photographs to the prepared collection, step by step."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.collection import (
    card,
    cleaning,
    columns,
    decoding,
    duplicates,
    labels,
    listing,
    splitting,
    table,
    vocabulary,
)
from kilnmix.collection.cleaning import Cleaned
from kilnmix.collection.columns import Found
from kilnmix.collection.decoding import Decoded
from kilnmix.collection.duplicates import Pair
from kilnmix.collection.listing import Rejection, Row
from kilnmix.collection.prepared import Prepared, Task, write_tables
from kilnmix.collection.vocabulary import Reading, Vocabulary
from kilnmix.config import CollectionSettings
from kilnmix.errors import UserError

BLOCK = 4096


def prepare(settings: CollectionSettings, fold_count: int, seed: int, folder: Path) -> dict[str, Any]:
    """Prepares the collection of the settings into an empty folder.

    Returns:
        the data card.

    Raises:
        UserError: the table or the settings cannot be used, or nothing usable is left.
    """
    words = vocabulary.load(settings.vocabulary)
    given, listed, found = _list(settings, words)
    readings = _read(given, settings, words, found)
    decoded = decoding.decode_all(
        [settings.folder / row.image for row in given],
        folder / "pixels.npy",
        decoding.Rules(settings.size, settings.fit, settings.max_pixels, settings.min_side),
    )
    usable = np.array([not one.why for one in decoded], bool)
    listed.rejected += [
        Rejection(row.line, row.image, one.why, one.text) for row, one in zip(given, decoded, strict=True) if one.why
    ]
    rows, good, readings = _taken(usable, given, decoded, readings)
    if not rows:
        raise UserError(
            f"None of the {len(given)} pictures in {settings.folder} can be used. {_reasons(listed.rejected)}"
        )
    tasks = labels.tasks_of(readings, words)
    labels.need_classes(tasks, settings, found.tasks)
    matrix = np.stack([labels.indices(task, readings[task.name]) for task in tasks], axis=1)
    pairs = _duplicates(good, settings)
    cleaned = cleaning.clean(rows, tasks, matrix, pairs, settings.duplicates.exact)
    listed.rejected += cleaned.rejected
    prepared = _assemble(rows, tasks, cleaned, settings, fold_count, seed, folder)
    _compact(folder / "pixels.npy", np.flatnonzero(usable)[cleaned.keep])
    write_tables(prepared)
    kept = np.flatnonzero(cleaned.keep)
    listed.rejected += listing.without_rows(listed)
    listed.rejected.sort(key=lambda item: (item.line == 0, item.line, item.image))
    _write(
        folder / "rejected.csv",
        ("line", "image", "reason", "detail"),
        (vars(item).values() for item in listed.rejected),
    )
    kinds = ["exact" if pair.exact else "near" for pair in pairs]
    _write(folder / "duplicates.csv", ("first", "second", "kind", "similarity"), _pairs(rows, pairs, kinds))
    _write(folder / "terms.csv", *_terms(rows, kept, tasks, readings))
    figures = _card(prepared, listed, settings, words, cleaned, kinds, [good[row] for row in kept])
    (folder / "card.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return figures


def sentence(figures: Mapping[str, Any]) -> str:
    """What was made, for the stage's last line."""
    left_out = figures["rows"] - figures["kept"]
    classes = ", ".join(f"{task} {len(found)}" for task, found in figures["classes"].items())
    return (
        f"{figures['kept']} photographs of {figures['objects']} objects (classes: {classes}); "
        f"{left_out} of {figures['rows']} rows left out"
    )


def _list(settings: CollectionSettings, words: Vocabulary) -> tuple[list[Row], listing.Listing, Found]:
    if not settings.folder.is_dir():
        raise UserError(
            f"There is no folder {settings.folder}. Fetch it with `dvc pull {settings.folder}.dvc`, or bring pictures "
            "in with `kilnmix import`."
        )
    given = table.read(settings.folder / settings.labels)
    found = columns.find(given, settings.columns, settings.tasks, words)
    columns.need_image(found, given, settings.columns)
    files = listing.Folder(settings.folder)
    if not files.pictures:
        raise UserError(f"The folder {settings.folder} holds no pictures. Bring some in with `kilnmix import`.")
    listed = listing.gather(given, found, settings.columns, files, words.missing)
    if not listed.rows:
        raise UserError(
            f"No row of {given.path} names a picture that is there. {_reasons(listed.rejected)} "
            f"Pictures are looked for in {settings.folder}, by the column {found.image!r}."
        )
    return listed.rows, listed, found


def _reasons(rejected: Sequence[Rejection]) -> str:
    counted = Counter(item.reason for item in rejected)
    first = rejected[0]
    said = ", ".join(f"{reason} {count}" for reason, count in counted.most_common())
    return f"Reasons: {said}; the first is {first.image!r}: {first.detail}."


def _read(
    rows: Sequence[Row], settings: CollectionSettings, words: Vocabulary, found: Found
) -> dict[str, list[Reading]]:
    readings = labels.read_all(rows, settings.tasks, words, found.shared)
    unknown = []
    for task in settings.tasks:
        cells = [row.cells.get(task, "") for row in rows]
        if task in settings.allow_new:
            readings[task] = labels.allow_new(readings[task], cells)
        unknown += labels.unresolved(task, readings[task], cells)
        if task in settings.broader:
            readings[task] = labels.broaden(readings[task], words.field(task))
    labels.refuse(unknown, settings)
    labels.need_classes(labels.tasks_of(readings, words), settings, found.tasks)
    return readings


def _taken(
    usable: np.ndarray, rows: Sequence[Row], decoded: Sequence[Decoded], readings: Mapping[str, Sequence[Reading]]
) -> tuple[list[Row], list[Decoded], dict[str, list[Reading]]]:
    places = np.flatnonzero(usable).tolist()
    return (
        [rows[place] for place in places],
        [decoded[place] for place in places],
        {task: [found[place] for place in places] for task, found in readings.items()},
    )


def _duplicates(decoded: Sequence[Decoded], settings: CollectionSettings) -> list[Pair]:
    grey = np.stack([one.grey for one in decoded if one.grey is not None])
    colour = np.stack([one.colour for one in decoded if one.colour is not None])
    limits = settings.duplicates
    digests = [one.digest for one in decoded]
    return duplicates.find(grey, colour, digests, limits.hash_distance, limits.similarity, limits.colour)


def _assemble(
    rows: Sequence[Row],
    tasks: Sequence[Task],
    cleaned: Cleaned,
    settings: CollectionSettings,
    fold_count: int,
    seed: int,
    folder: Path,
) -> Prepared:
    """The kept photographs with their classes, objects numbered from 0, and parts."""
    kept = [row for row, keep in zip(rows, cleaned.keep, strict=True) if keep]
    if not kept:
        raise UserError("No photograph is left: all contradict each other. See the labels of equal pictures.")
    matrix, groups = cleaned.labels[cleaned.keep], cleaned.groups[cleaned.keep]
    split = settings.split
    tasks, matrix, _ = labels.rare(tasks, matrix, groups, split.min_objects, split.rare)
    labels.need_classes(tasks, settings, {task.name: task.name for task in tasks})
    only_train = _in_rare_classes(tasks, matrix, groups, split.min_objects)
    parts = splitting.assign(kept, groups, matrix, only_train, split, fold_count, seed)
    return Prepared(
        folder=folder,
        tasks=tuple(tasks),
        ids=np.array([row.image for row in kept]),
        objects=np.unique(groups, return_inverse=True)[1].astype(np.int64),
        labels={task.name: matrix[:, column] for column, task in enumerate(tasks)},
        parts=parts,
        sources=np.array([row.source for row in kept]),
    )


def _in_rare_classes(tasks: Sequence[Task], matrix: np.ndarray, groups: np.ndarray, least: int) -> np.ndarray:
    """(N,) bool: photographs with a label of a class that has fewer than `least` objects."""
    rare = np.zeros(len(matrix), bool)
    for column, task in enumerate(tasks):
        for index in range(len(task.classes)):
            members = matrix[:, column] == index
            if len(np.unique(groups[members])) < least:
                rare |= members
    return rare


def _compact(array: Path, rows: np.ndarray) -> None:
    """Keeps only some rows of an array on disk, block by block."""
    whole = np.load(array, mmap_mode="r")
    if len(rows) == len(whole):
        return
    draft = array.with_suffix(".draft.npy")
    kept = np.lib.format.open_memmap(draft, mode="w+", dtype=np.uint8, shape=(len(rows), *whole.shape[1:]))
    for start in range(0, len(rows), BLOCK):
        kept[start : start + BLOCK] = whole[rows[start : start + BLOCK]]
    kept.flush()
    del kept, whole
    draft.replace(array)


def _write(path: Path, header: Sequence[str], lines: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def _pairs(rows: Sequence[Row], pairs: Sequence[Pair], kinds: Sequence[str]) -> Iterable[Sequence[object]]:
    for pair, kind in zip(pairs, kinds, strict=True):
        yield rows[pair.first].image, rows[pair.second].image, kind, f"{pair.similarity:.4f}"


def _terms(
    rows: Sequence[Row], kept: np.ndarray, tasks: Sequence[Task], readings: Mapping[str, Sequence[Reading]]
) -> tuple[list[str], Iterable[list[str]]]:
    header = ["id"]
    for task in tasks:
        header += [task.name, f"{task.name}_finer"]

    def lines() -> Iterable[list[str]]:
        for row in kept:
            line = [rows[row].image]
            for task in tasks:
                line += [rows[row].cells.get(task.name, ""), readings[task.name][row].finer]
            yield line

    return header, lines()


def _card(
    prepared: Prepared,
    listed: listing.Listing,
    settings: CollectionSettings,
    words: Vocabulary,
    cleaned: Cleaned,
    kinds: Sequence[str],
    decoded: Sequence[Decoded],
) -> dict[str, Any]:
    orientation = [
        "tall" if one.height > 1.1 * one.width else "wide" if one.width > 1.1 * one.height else "square"
        for one in decoded
    ]
    sizes = np.array([one.width * one.height for one in decoded])
    quartiles = np.searchsorted(np.quantile(sizes, [0.25, 0.5, 0.75]), sizes).astype(str).tolist()
    associated = card.associations(
        prepared,
        {
            "source": prepared.sources.tolist(),
            "file format": [one.format for one in decoded],
            "orientation": orientation,
            "picture size": quartiles,
        },
    )
    broader = {id_: term.broader for task in prepared.tasks for id_, term in words.field(task.name).terms.items()}
    with_row = [item for item in listed.rejected if item.line]
    return {
        "schema": 1,
        "rows": len(prepared) + len(with_row),
        "kept": len(prepared),
        "objects": len(np.unique(prepared.objects)),
        "rejected": dict(Counter(item.reason for item in with_row).most_common()),
        "pictures_without_row": len(listed.rejected) - len(with_row),
        "labels": card.missing_labels(prepared),
        "classes": card.counts(prepared),
        "parts": {
            str(fold): {part: int((parts == part).sum()) for part in ("train", "val", "test")}
            for fold, parts in prepared.parts.items()
        },
        "duplicates": card.duplicates(kinds, prepared, len(cleaned.conflicts)),
        "conflicts": [vars(conflict) for conflict in cleaned.conflicts],
        "associations": associated,
        "warnings": card.warnings(prepared, associated, broader),
    }
