"""Which of the images that nothing speaks against are trained on: strategies by name, a file each.

`all`, `threshold` and `top-k` choose among all of them. `masked` leaves out images on which judges see none of the
labels asked for; `diverse`, `matched` and `hard` choose among what it leaves. What images teach: `curation.labels`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kilnmix.config import CurationSettings
from kilnmix.curation.accepted import ACCEPTED
from kilnmix.curation.strategies import diverse, everything, hard, matched, threshold, top_k
from kilnmix.curation.strategies.candidates import Candidates

CHOICES: Mapping[str, Callable[[Candidates, CurationSettings], np.ndarray]] = {
    "all": everything.choose,
    "threshold": threshold.choose,
    "top-k": top_k.choose,
    "masked": everything.choose,
    "diverse": diverse.choose,
    "matched": matched.choose,
    "hard": hard.choose,
}
"""Name -> choice of (m,) bool among the images that remain."""
UNFILTERED = frozenset({"all", "threshold", "top-k"})
"""Strategies that leave no image out because judges see none of its labels."""
NOT_CHOSEN = "not-chosen"


def choose(status: Sequence[str], candidates: Candidates, settings: CurationSettings) -> list[str]:
    """The status (m,) of a pool's images after the choice among those accepted; the others become `not-chosen`."""
    open_ = np.flatnonzero(np.array(status) == ACCEPTED)
    chosen = np.zeros(len(status), bool)
    if len(open_):
        chosen[open_] = CHOICES[settings.strategy](candidates.part(open_), settings)
    return [NOT_CHOSEN if why == ACCEPTED and not chosen[row] else why for row, why in enumerate(status)]
