"""Ready-made views of the runs for the MLflow UI: which columns, which filter, which charts.

MLflow keeps a shared view as a tag of the experiment, `mlflow.sharedViewState.KEY`, and opens it by that key.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kilnmix.tracking.shelf import plain

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_TAG = "mlflow.sharedViewState."
_SAME = uuid.UUID("6f1c3a7e-6c1f-5d43-9a5e-2f7d8b0c4e11")
"""Names of charts are derived from it, so that a view stays the same when it is written again."""
_ARMS = "tags.level = 'training' AND tags.stage != 'search'"
NUMERIC = ("share.", "weight.", "synthetic_weight", "mix_alpha")
"""Beginnings of the names of a trial's parameters that are numbers."""
_TRIALS = "tags.stage = 'search' AND tags.level = 'trial'"


@dataclass(frozen=True)
class View:
    """A view by name.

    Attributes:
        mode: what the page opens with, a table or charts.
        state: as MLflow's page keeps it.
    """

    name: str
    mode: str
    state: Mapping[str, Any]

    def path(self, experiment: str) -> str:
        """Behind the address of the server."""
        return f"#/experiments/{experiment}/runs?compareRunsMode={self.mode}&viewStateShareKey={self.name}"


def views(tasks: Sequence[str], searched: Sequence[str] = ()) -> list[View]:
    """The trainings as a table, the arms as a chart, and the search's trials as parallel coordinates.

    Args:
        searched: the parameters that the trials differ in.
    """
    scores = ["best.score", *(plain(f"best.f1.{task}") for task in tasks)]
    columns = [
        *(f"tags.`{name}`" for name in ("stage", "arm", "fold", "adapter", "seed")),
        *(f"metrics.`{name}`" for name in scores),
        "attributes.`Dataset`",
        "attributes.`Version`",
    ]
    table = {"selectedColumns": columns, "searchFilter": _ARMS, "orderByKey": "tags.`arm`", "orderByAsc": True}
    bars = [_chart("BAR", metricKey=name, displayName=_title(name)) for name in scores]
    by_arm = {"aggregateFunction": "average", "groupByKeys": [{"mode": "tag", "groupByData": "arm"}]}
    parallel = _chart("PARALLEL", selectedParams=list(searched), selectedMetrics=["best.score"], showAllRuns=True)
    return [
        View("trainings", "TABLE", table),
        View("arms", "CHART", {**table, **_charts("Arms", bars), "groupBy": by_arm, "runsHiddenMode": "SHOW_ALL"}),
        View("search", "CHART", {**table, "searchFilter": _TRIALS, **_charts("Search", [parallel])}),
    ]


def save(client: MlflowClient, experiment: str, tasks: Sequence[str], runs: Iterable[Run]) -> dict[str, str]:
    """Leaves the views with the experiment; returns the path of each by what it shows.

    Args:
        runs: of the experiment, the newest first.
    """
    runs = list(runs)
    trials = [run for run in runs if run.data.tags.get("level") == "trial"]
    paths = {}
    for view in views(tasks, _differing(trials)):
        value = json.dumps(view.state)
        there = client.get_experiment(experiment).tags
        if there.get(f"{_TAG}{view.name}") != value:
            client.set_experiment_tag(experiment, f"{_TAG}{view.name}", value)
        paths[view.name] = view.path(experiment)
    if not trials:
        del paths["search"]
    newest = last_study(runs)
    if len(newest) > 1:
        identifiers = quote(json.dumps([run.info.run_id for run in newest]))
        paths["compare"] = f"#/compare-runs?runs={identifiers}&experiments={quote(json.dumps([experiment]))}"
    return paths


def last_study(runs: Sequence[Run]) -> list[Run]:
    """A training of each arm of the newest comparison: the first fold, adapter and seed that it has."""
    trainings = [
        run
        for run in runs
        if run.data.tags.get("level") == "training" and run.data.tags.get("stage") in ("train", "confirm")
    ]
    arms: dict[str, Run] = {}
    for run in sorted(trainings, key=_place):
        arms.setdefault(run.data.tags.get("arm", ""), run)
    return list(arms.values())


def _place(run: Run) -> tuple[int, ...]:
    numbers = (run.data.tags.get(name, "0") for name in ("fold", "adapter", "seed"))
    return (*(int(number) if number.isdecimal() else 0 for number in numbers), -run.info.start_time)


def _differing(trials: Sequence[Run]) -> list[str]:
    """The numeric parameters that are not the same in all trials."""
    names = sorted({name for run in trials for name in run.data.params if name.startswith(NUMERIC)})
    return [name for name in names if len({run.data.params.get(name) for run in trials}) > 1]


def _charts(section: str, charts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    identifier = str(uuid.uuid5(_SAME, section))
    shown = {"uuid": identifier, "name": section, "display": True, "isReordered": False, "deleted": False}
    return {
        "compareRunCharts": [{**chart, "metricSectionId": identifier} for chart in charts],
        "compareRunSections": [{**shown, "isGenerated": False}],
    }


def _chart(kind: str, **more: Any) -> dict[str, Any]:
    identifier = str(uuid.uuid5(_SAME, f"{kind} {more.get('metricKey')}"))
    return {"uuid": identifier, "type": kind, "runsCountToCompare": 100, "deleted": False, "isGenerated": False, **more}


def _title(metric: str) -> str:
    return "mean macro-F1 on validation" if metric == "best.score" else f"macro-F1 of {metric.removeprefix('best.f1.')}"
