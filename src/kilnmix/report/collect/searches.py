"""The searches of a fold: their trials, and the settings that `confirm` trained."""

from __future__ import annotations

from collections.abc import Mapping

from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.common.readers import read_csv
from kilnmix.experiment import outputs
from kilnmix.experiment.search import STUDIES
from kilnmix.report.inputs import Search, Trial

REMEDY = "Run `dvc repro search`, which makes it anew."


def searches(fold: int) -> list[Search]:
    """One entry a study, with and without synthetic images.

    Raises:
        UserError: `search` has not run, or its output is damaged.
    """
    best = outputs.found(fold)
    table = output("search", fold) / "trials.csv"
    rows = read_csv(table, ("study", "trial", "score"), REMEDY)
    try:
        return [
            Search(
                fold=fold,
                synthetic=name == "searched",
                trials=tuple(_trial(row) for row in rows if row["study"] == name),
                best=best[name].model_dump(mode="json"),
            )
            for name in STUDIES
        ]
    except (KeyError, ValueError) as error:
        raise UserError(f"{table.parent} holds no whole search ({error}). {REMEDY}") from error


def _trial(row: Mapping[str, str]) -> Trial:
    values = {name: float(value) for name, value in row.items() if name.startswith(("share.", "weight."))}
    return Trial(int(row["trial"]), values, float(row["score"]))
