"""The searches of a fold: their trials, and the settings that `confirm` trained."""

from __future__ import annotations

from collections.abc import Mapping

from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.common.readers import read_csv
from kilnmix.experiment import outputs
from kilnmix.experiment.search import STUDIES
from kilnmix.experiment.search_tables import IMPORTANCES, PLAYOFF, TRIALS
from kilnmix.report.inputs import Playoff, Search, Trial
from kilnmix.tracking.views import NUMERIC

_F1 = "f1."
REMEDY = "Run `dvc repro search`, which makes it anew."


def searches(fold: int) -> list[Search]:
    """One entry a study, with and without synthetic images.

    Raises:
        UserError: `search` has not run, or its output is damaged.
    """
    best = outputs.found(fold)
    table = output("search", fold) / TRIALS
    rows = read_csv(table, ("study", "trial", "score"), REMEDY)
    playoffs = read_csv(table.with_name(PLAYOFF), ("study", "best", "adopted"), REMEDY)
    shares = read_csv(table.with_name(IMPORTANCES), ("study", "parameter", "importance"), REMEDY)
    try:
        return [
            Search(
                fold=fold,
                synthetic=name == "searched",
                trials=tuple(_trial(row) for row in rows if row["study"] == name),
                best=best[name].model_dump(mode="json"),
                playoff=next(_playoff(row) for row in playoffs if row["study"] == name),
                importances={row["parameter"]: float(row["importance"]) for row in shares if row["study"] == name},
            )
            for name in STUDIES
        ]
    except (KeyError, ValueError, StopIteration) as error:
        raise UserError(f"{table.parent} holds no whole search ({error}). {REMEDY}") from error


def _playoff(row: Mapping[str, str]) -> Playoff:
    names = ("difference", "standard_error", "low", "high", "lead", "crossed")
    figures = [float(row[name]) if row.get(name) else None for name in names]
    return Playoff(int(row["best"]), row["adopted"] == "best", *figures)


def _trial(row: Mapping[str, str]) -> Trial:
    values = {name: float(value) for name, value in row.items() if value and name.startswith(NUMERIC)}
    stopped = row.get("state") == "pruned"
    f1 = {name.removeprefix(_F1): float(value) for name, value in row.items() if value and name.startswith(_F1)}
    score = None if stopped else float(row["score"])
    return Trial(int(row["trial"]), values, score, stopped, f1, row.get("front") == "1")
