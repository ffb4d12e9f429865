"""All images; with the labels that were asked for, what is done where nobody looks (Azizi et al. 2023, 2304.08466)."""

from __future__ import annotations

import numpy as np

from kilnmix.config import CurationSettings
from kilnmix.curation.strategies.candidates import Candidates


def choose(candidates: Candidates, settings: CurationSettings) -> np.ndarray:
    """(m,) bool."""
    return np.ones(len(candidates.agreement), bool)
