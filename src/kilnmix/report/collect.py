"""What the report shows, gathered from the stages' outputs."""

from __future__ import annotations

import csv
import json
import math
import platform
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import numpy as np

from kilnmix.collection.prepared import MISSING, Prepared, Task
from kilnmix.common.paths import PREPARED, output
from kilnmix.common.seeds import generator
from kilnmix.config import Params
from kilnmix.curation import accepted
from kilnmix.experiment import learning_curve as learning
from kilnmix.experiment.outputs import found
from kilnmix.experiment.search import STUDIES
from kilnmix.experiment.subsets import training_counts
from kilnmix.generator import pool as pools
from kilnmix.report.inputs import Alignment, ClassName, CurvePoint, Picture, PoolCount, Sample, Search, Study, Trial
from kilnmix.report.naming import REAL
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import StudyVerdict
from kilnmix.tracking.revision import commit, dvc_digest, uncommitted

PHOTOGRAPHS = 8
_VERSIONS = ("torch", "torchvision", "pytorch-lightning", "diffusers", "peft", "optuna", "mlflow", "dvc")


def study(
    params: Params,
    photographs: Prepared,
    verdict: StudyVerdict,
    outcomes: tuple[TaskOutcomes, ...],
    looks: int,
) -> Study:
    """Everything that the report is told."""
    pairs = [(fold, adapter) for fold in params.folds for adapter in params.adapters]
    names = [str(PREPARED), "pocket", *(str(output("curate", fold, adapter)) for fold, adapter in pairs)]
    digests = {name: digest for name in (str(params.collection.folder), *names) if (digest := dvc_digest(name))}
    card = PREPARED / "card.json"
    return Study(
        params=params,
        verdict=verdict,
        outcomes=outcomes,
        training_counts={
            task.name: training_counts(photographs, params.folds, task.name) for task in photographs.tasks
        },
        names={task.name: _names(task) for task in photographs.tasks},
        alignment=tuple(_alignment(photographs, pairs)),
        pools=tuple(_pool_count(photographs, fold, adapter) for fold, adapter in pairs),
        samples=_samples(photographs, *pairs[0]),
        photographs={part: _pictures(params, photographs, part) for part in ("train", "val", "test")},
        card=json.loads(card.read_text(encoding="utf-8")) if card.exists() else {},
        curve=tuple(_curve(params, photographs, verdict, outcomes)),
        searches=tuple(search for fold in params.folds for search in _searches(fold)),
        looks=looks,
        digests=digests,
        versions={name: version(name) for name in _VERSIONS},
        rendered=embedded(params.collection.folder),
        commands=commands(params.collection.folder, commit(), uncommitted()),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    )


def _names(task: Task) -> dict[str, ClassName]:
    return {name: ClassName(en=task.words[name], zh=task.native.get(name, "")) for name in task.classes}


def embedded(folder: Path) -> bool:
    """Whether the photographs are still those that this repository brings along, which a program rendered; whatever the
    profile, since an import takes the line with the embedded remote away."""
    pointer = folder.with_suffix(".dvc")
    return pointer.exists() and "remote: embedded" in pointer.read_text(encoding="utf-8")


def commands(folder: Path, commit: str | None, changed: bool) -> tuple[str, ...]:
    """What repeats the study, one shell line each.

    Args:
        folder: of the photographs. commit: that is checked out; changed: whether something differs from it.
    """
    lines = []
    if commit:
        lines.append(f"git checkout {commit}" + ("  # and the changes that were not committed" if changed else ""))
    if embedded(folder):
        lines.append(f".venv/bin/dvc pull {folder}.dvc pocket.dvc")
    else:
        lines.append(".venv/bin/dvc pull pocket.dvc")
        lines.append(
            f".venv/bin/dvc checkout {folder}.dvc  # or `dvc pull {folder}.dvc`, where a DVC remote of yours has them"
        )
    return (*lines, ".venv/bin/dvc repro")


def _curve(
    params: Params, photographs: Prepared, verdict: StudyVerdict, outcomes: tuple[TaskOutcomes, ...]
) -> list[CurvePoint]:
    """The learning curves that the arms make up, objects counted as the mean over folds."""
    objects = np.mean(
        [len(np.unique(photographs.objects[photographs.members(fold, "train")])) for fold in params.folds]
    )
    points = []
    for task in outcomes:
        for series, arms in learning.curves(params.arms).items():
            for arm in arms:
                found = (
                    learning.score_interval(task, arm, verdict.scope, verdict.rules.alpha)
                    if arm in task.predicted
                    else None
                )
                if found is not None:
                    share = params.arms[arm].photographs
                    gap = (
                        learning.gap_interval(task, arm, REAL, verdict.scope, verdict.rules.alpha)
                        if REAL in task.predicted
                        else None
                    )
                    points.append(CurvePoint(task.task, series, int(share * objects + 0.5), *found, gap=gap))
    return points


def _alignment(photographs: Prepared, pairs: list[tuple[int, int]]) -> list[Alignment]:
    files = [
        json.loads((output("curate", fold, adapter) / "alignment.json").read_text(encoding="utf-8"))
        for fold, adapter in pairs
    ]
    entries = []
    for task in photographs.tasks:
        tables = [file[task.name]["classes"] for file in files]
        asked = np.array([[table[name]["asked"] for name in task.classes] for table in tables], float)
        means = {
            key: _weighted([[table[name][key] for name in task.classes] for table in tables], asked)
            for key in ("alignment", "recall", "distance")
        }
        skill = float(np.mean([file[task.name]["skill"] for file in files]))
        entries.append(Alignment(task.name, task.classes, asked.sum(axis=0), **means, skill=skill))
    return entries


def _weighted(values: list[list[float | None]], weights: np.ndarray) -> np.ndarray:
    """(K,) mean over pools of the values that there are, weighted by images asked for; NaN where there is none."""
    table = np.array([[math.nan if value is None else value for value in row] for row in values], float)
    known = np.where(np.isnan(table), 0.0, np.maximum(weights, 1e-9))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nansum(np.nan_to_num(table) * known, axis=0) / known.sum(axis=0)


def _pool_count(photographs: Prepared, fold: int, adapter: int) -> PoolCount:
    rows = accepted.rows(output("curate", fold, adapter))
    kept = [row for row in rows if row["status"] == accepted.ACCEPTED]
    names = [task.name for task in photographs.tasks]
    return PoolCount(
        fold=fold,
        adapter=adapter,
        drawn=len(rows),
        accepted=len(kept),
        rejected=dict(Counter(row["status"] for row in rows if row["status"] != accepted.ACCEPTED)),
        labelled={name: sum(bool(row[name]) for row in kept) for name in names},
        masked={name: sum(row[f"{name}_masked"] == "1" for row in kept) for name in names},
    )


def _samples(photographs: Prepared, fold: int, adapter: int) -> tuple[Sample, ...]:
    """A pool's images; its beginning holds the combinations in their proportions."""
    pool = pools.load(output("generate", fold, adapter), photographs.tasks)
    position = {name: row for row, name in enumerate(photographs.ids.tolist())}
    samples = []
    for row, entry in enumerate(accepted.rows(output("curate", fold, adapter))):
        near = position[entry["nearest"]]
        samples.append(
            Sample(
                pixels=pool.picture(row),
                name=entry["id"],
                prompt=pool.prompts[row],
                labels={task.name: entry[task.name] for task in photographs.tasks if entry[task.name]},
                masked=tuple(task.name for task in photographs.tasks if entry[f"{task.name}_masked"] == "1"),
                nearest=_picture(photographs, near),
                similarity=float(entry["similarity"]),
                status=entry["status"],
            )
        )
    return tuple(samples)


def _pictures(params: Params, photographs: Prepared, part: str) -> list[Picture]:
    """A few photographs of a part of the first fold, drawn by the study's seed."""
    rows = photographs.members(params.folds[0], part)  # type: ignore[arg-type]
    chosen = generator(params.seed, "report photographs", part).permutation(rows)[:PHOTOGRAPHS]
    return [_picture(photographs, int(row)) for row in chosen]


def _picture(photographs: Prepared, row: int) -> Picture:
    labels = {
        task.name: task.classes[label]
        for task in photographs.tasks
        if (label := photographs.labels[task.name][row]) != MISSING
    }
    return Picture(np.asarray(photographs.pixels[row]), str(photographs.ids[row]), labels)


def _searches(fold: int) -> list[Search]:
    table = output("search", fold) / "trials.csv"
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    best = found(fold)
    return [
        Search(
            fold=fold,
            synthetic=name == "searched",
            trials=tuple(_trial(row) for row in rows if row["study"] == name),
            best=best[name].model_dump(mode="json"),
        )
        for name in STUDIES
    ]


def _trial(row: dict[str, str]) -> Trial:
    values = {name: float(value) for name, value in row.items() if name.startswith(("share.", "weight."))}
    return Trial(int(row["trial"]), values, float(row["score"]))
