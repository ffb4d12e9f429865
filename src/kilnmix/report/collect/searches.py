"""The searches of a fold: their trials, and the settings that `confirm` trained."""

from __future__ import annotations

import csv
from collections.abc import Mapping

from kilnmix.common.paths import output
from kilnmix.experiment import outputs
from kilnmix.experiment.search import STUDIES
from kilnmix.report.inputs import Search, Trial


def searches(fold: int) -> list[Search]:
    """One entry a study, with and without synthetic images.

    Raises:
        UserError: `search` has not run.
    """
    best = outputs.found(fold)
    table = output("search", fold) / "trials.csv"
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Search(
            fold=fold,
            synthetic=name == "searched",
            trials=tuple(_trial(row) for row in rows if row["study"] == name),
            best=best[name].model_dump(mode="json"),
        )
        for name in STUDIES
    ]


def _trial(row: Mapping[str, str]) -> Trial:
    values = {name: float(value) for name, value in row.items() if name.startswith(("share.", "weight."))}
    return Trial(int(row["trial"]), values, float(row["score"]))
