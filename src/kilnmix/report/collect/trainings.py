"""How many networks a study trained."""

from __future__ import annotations

from collections.abc import Sequence

from kilnmix.common.paths import output
from kilnmix.tracking import records


def trained_networks(folds: Sequence[int]) -> int | None:
    """The different trainings of `train` and `confirm`: an arm that `confirm` finds trained already is counted once.

    None where an output has no records.
    """
    digests = set()
    for fold in folds:
        for stage in ("train", "confirm"):
            path = output(stage, fold) / records.RECORDS
            if not path.exists():
                return None
            digests |= {record.params["run"] for record in records.read(path) if "run" in record.params}
    return len(digests)
