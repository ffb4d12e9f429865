"""Images that a classifier of photographs takes for what was asked, beyond a fixed probability.

Filtering by a classifier's confidence, as He et al. 2023 (arXiv 2210.07574) do by CLIP's.
"""

from __future__ import annotations

import numpy as np

from kilnmix.config import CurationSettings
from kilnmix.curation.strategies.candidates import Candidates


def choose(candidates: Candidates, settings: CurationSettings) -> np.ndarray:
    """(m,) bool."""
    return candidates.agreement >= settings.threshold
