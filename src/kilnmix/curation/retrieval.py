"""Other photographs as a pool, for arms with the source `retrieved`: would they do as well as synthetic images?

A picture that the collection holds too, in whatever part, is left out: of a test part it would be a leak, of a
training part a mere repetition. Both are found by the search that `prepare` makes among the collection's own
photographs.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.collection import classes, labels, writing
from kilnmix.collection.pictures import decoding, duplicates
from kilnmix.collection.pictures.decoding import Decoded, Rules
from kilnmix.collection.prepared import MISSING, Prepared, Task
from kilnmix.collection.tables import labelled, listing
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.folder import Folder, need_folder
from kilnmix.collection.tables.listing import Listing, Rejection, Row
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.common.files import fresh
from kilnmix.config import CollectionSettings
from kilnmix.curation import accepted

LEFT_OUT = "left-out.csv"


@dataclass(frozen=True)
class Retrieved:
    """A pool that was made.

    Attributes:
        folder: named by a digest of what it holds, so that an arm's `pool`, which DVC watches, changes with it.
        kept: images in it; left_out: reason -> how many rows of the table are not.
    """

    folder: Path
    kept: int
    left_out: Counter[str]

    @property
    def sentence(self) -> str:
        said = ", ".join(f"{reason} {count}" for reason, count in self.left_out.most_common())
        return f"{self.kept} photographs in {self.folder}" + (f"; left out: {said}" if said else "")

    def arm(self, share: float) -> str:
        """YAML of an arm that is fed from it, as conf/arms/ has them."""
        name = f"retrieved-{round(100 * (1 - share))}-{round(100 * share)}"
        return f"{name}:\n  source: retrieved\n  share: {share:.2f}\n  pool: {self.folder.as_posix()}\n"


def retrieve(
    source: Path,
    labels_file: Path,
    settings: CollectionSettings,
    photographs: Prepared,
    into: Path,
    encoding: str | None = None,
) -> Retrieved:
    """Makes a pool of the pictures in `source` whose labels the collection knows.

    Args:
        settings: the collection's, by which pictures, columns and terms are read.
        photographs: the prepared collection.
        into: the folder that pools are put into.

    Raises:
        UserError: table or pictures cannot be used, or nothing is left.
    """
    need_folder(source)
    words = vocabulary.load(settings.vocabulary)
    given, found = labelled.read(
        labels_file, settings.columns, [task.name for task in photographs.tasks], words, encoding
    )
    if not found.tasks:
        raise UserError(
            f"{labels_file} has no column for any of {', '.join(task.name for task in photographs.tasks)}. "
            "Name the columns in collection.columns.tasks."
        )
    files = Folder(source, links=False)
    listed = listing.gather(given, found, settings.columns, files, words.says_nothing)
    matrix = _labels(listed.rows, found, settings, photographs.tasks, words)
    with tempfile.TemporaryDirectory() as scratch:
        known = (matrix != MISSING).any(axis=1)
        kept, reasons = _apart(
            [files.path(row.image) for row in listed.rows], known, settings, photographs, Path(scratch)
        )
        rows = [listed.rows[place] for place in kept]
        lost = _lost(listed, reasons)
        if not rows:
            said = ", ".join(f"{reason} {count}" for reason, count in Counter(item.reason for item in lost).items())
            raise UserError(f"No photograph of {source} is left to mix in: {said or 'its table names none'}.")
        pixels = np.load(Path(scratch) / decoding.PIXELS, mmap_mode="r")[len(photographs) + kept]
    folder = into / f"{source.resolve().name}-{_digest(rows, pixels, matrix[kept])}"
    with fresh(folder) as draft:
        accepted.write_trusted(draft, photographs.tasks, [row.image for row in rows], pixels, matrix[kept])
        writing.rejected(draft / LEFT_OUT, lost)
    return Retrieved(folder, len(rows), Counter(item.reason for item in lost if item.line))


def _labels(
    rows: Sequence[Row], found: Found, settings: CollectionSettings, tasks: Sequence[Task], words: Vocabulary
) -> np.ndarray:
    """(N, T) int64 indices into the collection's classes, -1 where a row says nothing or a class that it has not."""
    understood = labels.understand(rows, list(found.tasks), settings, words, found.shared)
    labels.refuse(understood.unresolved, settings)
    matrix = np.full((len(rows), len(tasks)), MISSING, np.int64)
    for column, task in enumerate(tasks):
        if task.name not in found.tasks:
            continue
        said = understood.readings[task.name]
        if task.name in settings.broader:
            said = classes.broaden(said, words.field(task.name))
        place = {name: number for number, name in enumerate(task.classes)}
        matrix[:, column] = [place.get(one.id, MISSING) if one.resolved else MISSING for one in said]
    return matrix


def _apart(
    paths: Sequence[Path], known: np.ndarray, settings: CollectionSettings, photographs: Prepared, scratch: Path
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Places of the pictures that are kept, and for each picture why it is not (empty where it is).

    The collection's pictures are decoded before them, into the same arrays.
    """
    ours = [settings.folder / name for name in photographs.ids.tolist()]
    missing = next((path for path in ours if not path.exists()), None)
    if missing is not None:
        raise UserError(f"{missing} is in the prepared collection but not there. Run `dvc repro prepare` again.")
    rules = Rules(settings.size, settings.resize_mode, settings.max_pixels, settings.min_side)
    decoded = decoding.decode_all([*ours, *paths], scratch, rules)
    usable = np.array([place for place, one in enumerate(decoded) if not one.why], np.int64)
    grey = np.load(scratch / decoding.GREY, mmap_mode="r")[usable]
    pairs = duplicates.find(
        grey,
        [decoded[place].digest for place in usable],
        settings.duplicates.hash_distance,
        settings.duplicates.similarity,
    )
    first = usable[duplicates.groups(len(usable), [(pair.first, pair.second) for pair in pairs])]
    same = dict(zip(usable.tolist(), first.tolist(), strict=True))
    reasons = [
        _reason(place, decoded[place], known[number], same, photographs)
        for number, place in enumerate(range(len(ours), len(decoded)))
    ]
    return np.flatnonzero([not reason for reason, _ in reasons]), reasons


def _reason(place: int, decoded: Decoded, known: bool, same: dict[int, int], photographs: Prepared) -> tuple[str, str]:
    """Why a picture is left out, and a word on it; both empty where it is not."""
    if decoded.why:
        return decoded.why, decoded.text
    if same[place] < len(photographs):
        return "in-the-collection", f"the same picture as {photographs.ids[same[place]]}"
    if same[place] != place:
        return "twice", "the same picture stands in an earlier row"
    return ("", "") if known else ("no-label", "none of its labels is a class of the collection")


def _lost(listed: Listing, reasons: Sequence[tuple[str, str]]) -> list[Rejection]:
    ours = [
        Rejection(row.line, row.image, reason, detail)
        for row, (reason, detail) in zip(listed.rows, reasons, strict=True)
        if reason
    ]
    return sorted([*listed.rejected, *ours], key=lambda item: (item.line == 0, item.line, item.image))


def _digest(rows: Sequence[Row], pixels: np.ndarray, matrix: np.ndarray) -> str:
    summary = hashlib.sha256("\n".join(row.image for row in rows).encode())
    summary.update(matrix.tobytes())
    summary.update(pixels.tobytes())
    return summary.hexdigest()[:8]
