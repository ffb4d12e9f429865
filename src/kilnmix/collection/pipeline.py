"""The way from a folder of raw photographs to the prepared collection, step by step."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.collection import classes, cleaning, confidence, labels, writing
from kilnmix.collection.card import figures as card
from kilnmix.collection.card import page as datacard
from kilnmix.collection.card.card import DataCard
from kilnmix.collection.cleaning import Cleaned
from kilnmix.collection.labels import Understood
from kilnmix.collection.pictures import decoding, duplicates
from kilnmix.collection.pictures.decoding import Decoded
from kilnmix.collection.pictures.duplicates import Pair
from kilnmix.collection.prepared import Prepared, Task, check_task_names, write_tables
from kilnmix.collection.splits import splitting
from kilnmix.collection.tables import columns, labelled, listing
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.folder import Folder
from kilnmix.collection.tables.listing import Listing, Rejection, Row
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.common.files import reserved_array
from kilnmix.config import CollectionSettings

BLOCK = 4096


@dataclass
class Usable:
    """The rows whose pictures decoded, in the table's order, and what goes with each.

    Attributes:
        places: (N,) int64 rows of the array of decoded pictures.
        labels: (N, T) int64, -1 where not known.
    """

    rows: list[Row]
    decoded: list[Decoded]
    understood: Understood
    places: np.ndarray
    tasks: tuple[Task, ...]
    labels: np.ndarray


def prepare(settings: CollectionSettings, fold_count: int, seed: int, folder: Path, pages: Path) -> DataCard:
    """Prepares the collection of the settings into an empty folder, and writes the data card's pages into another one.

    Returns:
        the data card.

    Raises:
        UserError: the table or the settings cannot be used, or nothing usable is left.
    """
    words = vocabulary.load(settings.vocabulary)
    listed, found, files = _list(settings, words)
    usable = _decode(listed, _read(listed.rows, settings, words, found), settings, words, found, files, folder)
    pairs = _duplicates(usable, settings, folder)
    rules = settings.duplicates
    cleaned = cleaning.clean(usable.rows, usable.tasks, usable.labels, pairs, rules.exact, rules.certain)
    listed.rejected += [*cleaned.rejected, *listing.without_rows(listed)]
    listed.rejected.sort(key=lambda item: (item.line == 0, item.line, item.image))
    prepared = _assemble(usable, cleaned, settings, fold_count, seed, folder)
    near = [pair for pair in pairs if not pair.exact and _both_differ(pair, usable.decoded, cleaned)]
    twins = _twins(usable, cleaned, near, folder)
    _compact(folder / decoding.PIXELS, usable.places[cleaned.keep])
    kept = np.flatnonzero(cleaned.keep).tolist()
    understood = usable.understood.given_by([task.name for task in usable.tasks], cleaned.givers)
    write_tables(prepared)
    writing.rejected(folder / "rejected.csv", listed.rejected)
    writing.duplicates(folder / "duplicates.csv", usable.rows, pairs)
    writing.terms(folder / "terms.csv", [usable.rows[row] for row in kept], prepared.tasks, understood, kept)
    decoded = [usable.decoded[row] for row in kept]
    finer = {task.name: [understood.readings[task.name][row].finer for row in kept] for task in prepared.tasks}
    sure = understood.at(np.array(kept, np.int64)).sure
    figures = card.figures(prepared, listed.rejected, words, cleaned.conflicts, pairs, near, decoded, finer, sure)
    figures.write(folder / "card.json")
    datacard.write(pages, figures, prepared, listed.rejected, *twins)
    return figures


def sentence(card: DataCard) -> str:
    """What was made, for the stage's last line."""
    classes = ", ".join(f"{task} {len(found)}" for task, found in card.classes.items())
    plain = sum(caution.values["pictures"] for caution in card.cautions if caution.kind == "plain")
    return (
        f"{card.kept} photographs of {card.objects} objects (classes: {classes}); "
        f"{card.rows - card.kept} of {card.rows} rows left out"
        + (f"; {plain} photographs kept are of one colour alone: see the data card's cautions" if plain else "")
    )


def _list(settings: CollectionSettings, words: Vocabulary) -> tuple[Listing, Found, Folder]:
    check_task_names(settings.tasks)
    if not settings.folder.is_dir():
        raise UserError(
            f"There is no folder {settings.folder}. Fetch it with `dvc pull {shlex.quote(f'{settings.folder}.dvc')}`, "
            "or bring pictures in with `kilnmix import FOLDER`."
        )
    given, found = labelled.read(settings.folder / settings.labels, settings.columns, settings.tasks, words)
    columns.need_image(found, given, settings.columns)
    files = Folder(settings.folder)
    if not files.pictures:
        raise UserError(f"The folder {settings.folder} holds no pictures. Bring some in with `kilnmix import FOLDER`.")
    listed = listing.gather(given, found, settings.columns, files, words.says_nothing)
    if not listed.rows:
        raise UserError(
            f"No row of {given.path} names a picture that is there. {_reasons(listed.rejected)} "
            f"Pictures are looked for in {settings.folder}, by the column {found.image!r}."
        )
    return listed, found, files


def _reasons(rejected: Sequence[Rejection]) -> str:
    counted = Counter(item.reason for item in rejected)
    first = rejected[0]
    said = ", ".join(f"{reason} {count}" for reason, count in counted.most_common())
    return f"Reasons: {said}; the first is {first.image!r}: {first.detail}."


def _read(rows: Sequence[Row], settings: CollectionSettings, words: Vocabulary, found: Found) -> Understood:
    understood = labels.understand(rows, settings.tasks, settings, words, found.shared)
    labels.refuse(understood.unresolved, settings)
    readings = understood.readings
    for task in settings.broader:
        if task in readings:
            readings[task] = classes.broaden(readings[task], words.field(task))
    classes.need_classes(classes.tasks_of(readings, words), settings, found.tasks)
    return understood


def _decode(
    listed: Listing,
    understood: Understood,
    settings: CollectionSettings,
    words: Vocabulary,
    found: Found,
    files: Folder,
    folder: Path,
) -> Usable:
    decoded = decoding.decode_all(
        [files.path(row.image) for row in listed.rows],
        folder,
        decoding.Rules(settings.size, settings.resize_mode, settings.max_pixels, settings.min_side),
    )
    listed.rejected += [
        Rejection(row.line, row.image, one.why, one.text)
        for row, one in zip(listed.rows, decoded, strict=True)
        if one.why
    ]
    places = np.array([place for place, one in enumerate(decoded) if not one.why], np.int64)
    if not len(places):
        raise UserError(
            f"None of the {len(decoded)} pictures in {settings.folder} can be used. {_reasons(listed.rejected)}"
        )
    left = understood.at(places)
    tasks = classes.tasks_of(left.readings, words)
    classes.need_classes(tasks, settings, found.tasks)
    return Usable(
        rows=[listed.rows[place] for place in places.tolist()],
        decoded=[decoded[place] for place in places.tolist()],
        understood=left,
        places=places,
        tasks=tasks,
        labels=np.stack([classes.indices(task, left.readings[task.name]) for task in tasks], axis=1),
    )


def _duplicates(usable: Usable, settings: CollectionSettings, folder: Path) -> list[Pair]:
    grey = np.load(folder / decoding.GREY, mmap_mode="r")
    digests, rules = [one.digest for one in usable.decoded], settings.duplicates
    pairs = duplicates.find(grey, digests, rules.hash_distance, rules.similarity, usable.places)
    del grey
    (folder / decoding.GREY).unlink()
    return pairs


def _both_differ(pair: Pair, decoded: Sequence[Decoded], cleaned: Cleaned) -> bool:
    """Whether a pair is of two kept pictures that are different files."""
    kept = bool(cleaned.keep[pair.first] and cleaned.keep[pair.second])
    return kept and decoded[pair.first].digest != decoded[pair.second].digest


def _assemble(
    usable: Usable, cleaned: Cleaned, settings: CollectionSettings, fold_count: int, seed: int, folder: Path
) -> Prepared:
    """The kept photographs with their classes, objects numbered from 0, and parts."""
    kept = [row for row, keep in zip(usable.rows, cleaned.keep, strict=True) if keep]
    if not kept:
        raise UserError("No photograph is left: all contradict each other. Mend the labels of equal pictures.")
    matrix, groups = cleaned.labels[cleaned.keep], cleaned.groups[cleaned.keep]
    split = settings.split
    tasks, matrix = classes.rare(usable.tasks, matrix, groups, split.min_objects, split.rare)
    classes.need_classes(tasks, settings, {task.name: task.name for task in tasks})
    only_train = classes.in_rare_classes(tasks, matrix, groups, split.min_objects)
    return Prepared(
        folder=folder,
        tasks=tasks,
        ids=np.array([row.image for row in kept]),
        objects=np.unique(groups, return_inverse=True)[1].astype(np.int64),
        labels={task.name: matrix[:, column] for column, task in enumerate(tasks)},
        parts=splitting.assign(kept, groups, matrix, only_train, split, fold_count, seed),
        sources=np.array([row.source for row in kept]),
        confidence=np.array([confidence.confidence(row.confidence) for row in kept], np.float32),
        captions=np.array([row.caption for row in kept]),
    )


def _twins(
    usable: Usable, cleaned: Cleaned, near: Sequence[Pair], folder: Path
) -> tuple[list[datacard.Twin], list[datacard.Twin]]:
    """The pairs that the page shows, with the pictures of those that are set aside, while they are there."""
    whole = np.load(folder / decoding.PIXELS, mmap_mode="r")
    where = {row.image: place for row, place in zip(usable.rows, usable.places.tolist(), strict=True)}
    alike = [(usable.rows[pair.first].image, usable.rows[pair.second].image, pair.similarity) for pair in near]
    return datacard.twins(cleaned.conflicts, alike, lambda name: whole[where[name]])


def _compact(array: Path, rows: np.ndarray) -> None:
    """Keeps only some rows of an array on disk, block by block."""
    whole = np.load(array, mmap_mode="r")
    if len(rows) == len(whole):
        return
    draft = array.with_suffix(".draft.npy")
    kept = reserved_array(draft, (len(rows), *whole.shape[1:]))
    for start in range(0, len(rows), BLOCK):
        kept[start : start + BLOCK] = whole[rows[start : start + BLOCK]]
    kept.flush()
    del kept, whole
    draft.replace(array)
