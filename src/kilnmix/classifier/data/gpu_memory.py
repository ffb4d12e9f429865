"""What a run holds in a GPU's memory all the time: its pictures. Imports neither torch nor Lightning."""

from __future__ import annotations

from typing import Literal

from kilnmix.classifier.run import TrainingRun, opened

# Pictures are held somewhat larger than they are asked for: a crop of half their area is then hardly enlarged, and a
# whole one not made so small that a bilinear resampling would skip pixels.
_MARGIN = 1.25


def side(policy: Literal["none", "paper", "strong"], stored: int, size: int) -> int:
    """The side in pixels at which pictures of the side `stored` are held, to be augmented to the side `size`."""
    return size if policy == "none" else min(stored, round(_MARGIN * size))


def sizes(run: TrainingRun) -> set[int]:
    """The sides in pixels at which a run reads its pictures."""
    return set(run.settings.sides)


def bytes_of(run: TrainingRun) -> int:
    """Bytes of the training pictures and extra ones of a run, once for every side at which they are read."""
    stored = opened(run.prepared).pixels.shape[1]
    pictures = len(run.train) + (len(run.extra.rows) if run.extra else 0)
    return sum(3 * pictures * side(run.settings.augment, stored, size) ** 2 for size in sizes(run))
