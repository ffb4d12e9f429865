"""In each group the images to which a classifier of photographs gives the labels asked for the highest probability.

The ranking form of He et al. 2023 (arXiv 2210.07574), who keep what CLIP is sure of.
"""

from __future__ import annotations

import numpy as np

from kilnmix.config import CurationSettings
from kilnmix.curation.strategies.candidates import Candidates, highest


def choose(candidates: Candidates, settings: CurationSettings) -> np.ndarray:
    """(m,) bool."""
    return highest(candidates.agreement, candidates, settings.keep)
