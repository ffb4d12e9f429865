"""What a run keeps in a GPU's memory from start to end: its pictures. Imports neither torch nor Lightning."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kilnmix.classifier.run import TrainingRun

# Pictures are stored somewhat larger than they are asked for: a crop of half their area is then hardly enlarged, and a
# whole picture not made so small that a bilinear resampling would skip pixels.
_MARGIN = 1.25


def side(policy: Literal["none", "paper", "strong"], prepared: int, size: int) -> int:
    """The side in pixels at which pictures of the side `prepared` are stored, to be augmented to the side `size`."""
    return size if policy == "none" else min(prepared, round(_MARGIN * size))


def bytes_of(run: TrainingRun) -> int:
    """Bytes of a run's training photographs and extra images, once for every side at which they are read."""
    # The array's header alone is read.
    prepared = np.load(run.prepared / "pixels.npy", mmap_mode="r").shape[1]
    pictures = len(run.train) + (len(run.extra.rows) if run.extra else 0)
    return sum(3 * pictures * side(run.settings.augment, prepared, size) ** 2 for size in set(run.settings.sides))
