"""From what is known of every image to what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common.errors import UserError
from kilnmix.common.paths import Fold
from kilnmix.common.readers import read_text
from kilnmix.curation.accepted import ACCEPTED, number
from kilnmix.curation.copies.find import Copies
from kilnmix.curation.fidelity import Judgement


def vetoed(path: Path | None, fold: Fold, adapter: int) -> frozenset[str]:
    """The ids of this pool's images that a person has ruled out: lines FOLD/ADAPTER/ID; `#` begins a comment.

    Raises:
        UserError: the file is missing or a line is of another form.
    """
    if path is None:
        return frozenset()
    if not path.exists():
        raise UserError(f"curation.vetoes names {path}, which is not there. Make an empty file, or set it to null.")
    ids = set()
    for place, line in enumerate(read_text(path, "Save it as UTF-8.").splitlines(), start=1):
        entry = line.split("#")[0].strip()
        if not entry:
            continue
        parts = entry.split("/")
        if len(parts) != 3:
            raise UserError(f"{path}, line {place}: {entry!r} is not of the form FOLD/ADAPTER/ID, such as 0/0/000123.")
        if parts[:2] == [str(fold), str(adapter)]:
            ids.add(parts[2])
    return frozenset(ids)


def known(vetoes: frozenset[str], ids: Sequence[str], path: Path | None) -> frozenset[str]:
    """The vetoes, each of which is an image of this pool.

    Args:
        ids: (m,) names of the pool's images; path: the file that the vetoes are from.

    Raises:
        UserError: a veto names no image; the sentence has the nearest name.
    """
    for veto in sorted(vetoes - set(ids)):
        stem = veto.removesuffix(".png")
        padded = stem.zfill(len(ids[0])) if ids else stem
        near = padded if padded in ids else next(iter(get_close_matches(stem, ids, 1, 0.0)), "")
        raise UserError(f"{path} rules out {veto}, which this pool has not. Perhaps {near} is meant; mend the line.")
    return vetoes


# Seven parameters: what is known of an image, a reason each.
def status(
    ids: Sequence[str],
    asked: np.ndarray,
    masked: np.ndarray,
    copies: Copies,
    vetoes: frozenset[str],
    reject_when_all_masked: bool,
    faults: Mapping[str, np.ndarray],
) -> list[str]:
    """(m,) `accepted`, or the first reason that holds: `vetoed`, `leaked`, `memorised`, a fault, `unfaithful`.

    Args:
        asked: (m, T) labels asked for; masked: (m, T) bool. An image is unfaithful when every label is masked.
        faults: name -> (m,) bool, those of `quality.FAULTS` for which an image is rejected.
    """
    hopeless = (masked | (asked == MISSING)).all(axis=1) & reject_when_all_masked
    reasons = {
        "vetoed": np.array([name in vetoes for name in ids], bool),
        "leaked": copies.leaked,
        "memorised": copies.memorised,
        **faults,
        "unfaithful": hopeless,
    }
    return [next((why for why, holds in reasons.items() if holds[row]), ACCEPTED) for row in range(len(ids))]


def alignment(
    tasks: Sequence[Task], judgements: Mapping[str, Judgement], distances: Mapping[str, np.ndarray]
) -> dict[str, object]:
    """What alignment.json says; numbers that there are none of are null."""
    table: dict[str, object] = {}
    for task in tasks:
        judgement = judgements[task.name]
        table[task.name] = {
            "skill": number(judgement.skill),
            "classes": {
                name: {
                    "asked": int(judgement.asked[place]),
                    "alignment": number(judgement.alignment[place]),
                    "recall": number(judgement.recall[place]),
                    "distance": number(distances[task.name][place]),
                }
                for place, name in enumerate(task.classes)
            },
        }
    return table
