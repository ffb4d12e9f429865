"""In each group the images that a classifier of photographs finds hard: Deliberate Practice (arXiv 2502.15588).

What it is unsure of teaches it more than what it knows; sureness is the entropy of its answers, whatever was asked for.
"""

from __future__ import annotations

import numpy as np

from kilnmix.config import CurationSettings
from kilnmix.curation.strategies.candidates import Candidates, highest


def choose(candidates: Candidates, settings: CurationSettings) -> np.ndarray:
    """(m,) bool."""
    return highest(candidates.entropy, candidates, settings.keep)
