"""From what is known of every image to what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.curation.accepted import ACCEPTED, number
from kilnmix.curation.copies.find import Copies
from kilnmix.curation.fidelity import Judgement, wilson


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
        bounds = [
            wilson(0.0 if not count else share * count, int(count))
            for share, count in zip(judgement.alignment, judgement.asked, strict=True)
        ]
        table[task.name] = {
            "skill": number(judgement.skill),
            "classes": {
                name: {
                    "asked": int(judgement.asked[place]),
                    "alignment": number(judgement.alignment[place]),
                    "alignment_low": number(bounds[place][0]),
                    "alignment_high": number(bounds[place][1]),
                    "recall": number(judgement.recall[place]),
                    "distance": number(distances[task.name][place]),
                }
                for place, name in enumerate(task.classes)
            },
        }
    return table
