"""How many networks a study trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_json
from kilnmix.tracking import records

REMEDY = "Run `dvc repro`, which makes it anew."


def trained_networks(folders: Sequence[Path]) -> int | None:
    """The different trainings in the outputs of `train`, `confirm` and `extend`: an arm that `confirm` finds trained
    already is counted once.

    None where an output has no records.

    Raises:
        UserError: the records are damaged.
    """
    digests = set()
    for folder in folders:
        path = folder / records.RECORDS
        if not path.exists():
            return None
        try:
            settings = [record.params for record in records.parsed(read_json(path, REMEDY))]
        except (TypeError, KeyError, AttributeError) as error:
            raise UserError(f"{path} holds no records of runs. {REMEDY}") from error
        digests |= {params["run"] for params in settings if "run" in params}
    return len(digests)
