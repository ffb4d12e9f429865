"""Do images help where judges recognise them? `python -m bench.aligned` writes bench/results/aligned.json.

Reads what `bench.rerendered` left in the folders of its collections: of every class the share of its synthetic images
that the judges took for it (`alignment`), its training objects, and what the mixture changes in its F1. A collection's
rank correlation is taken over the classes of each task by itself and averaged on Fisher's scale with weights C - 3;
collections are drawn independently of each other, so their spread gives the interval. Rare classes are drawn worse and
gain more, so the correlation is told given the number of training objects, too (partial, of ranks; weights C - 4).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from bench.rerendered import FIRST, VERDICT, answered, place, settings
from kilnmix.collection import prepared as collection
from kilnmix.common import environment as quiet
from kilnmix.common.paths import PREPARED
from kilnmix.config import Params, load
from kilnmix.experiment.subsets import training_counts
from kilnmix.report.collect.pools import alignments
from kilnmix.statistics.scores import class_f1

OUT = Path(__file__).parent / "results" / "aligned.json"
ARM = "mix-40-60"
LIMIT = 0.999
"""Correlations count as no stronger, so that Fisher's scale stays finite."""

Classes = Mapping[str, Mapping[str, float]]
"""Class -> alignment, training objects and gain."""


def classes_of(params: Params, arm: str) -> dict[str, dict[str, dict[str, float]]]:
    """Task -> its scored classes of which images were asked for; in the current folder."""
    photographs = collection.load(PREPARED)
    known = {entry.task: entry for entry in alignments(photographs, [(0, 0)])}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for outcomes in answered(params):
        entry = known[outcomes.task]
        training = training_counts(photographs, (0,), outcomes.task)
        gain = class_f1(outcomes, arm).mean((0, 1)) - class_f1(outcomes, "real").mean((0, 1))
        found[outcomes.task] = {
            outcomes.classes[c]: {
                "alignment": float(entry.alignment[c]),
                "training": float(training[c]),
                "gain": float(gain[c]),
            }
            for c in outcomes.scored
            if np.isfinite(entry.alignment[c])
        }
    return found


def spearman(x: Sequence[float], y: Sequence[float]) -> float:
    """Rank correlation, 0 where a side is constant."""
    if len(set(x)) < 2 or len(set(y)) < 2:
        return 0.0
    return float(stats.spearmanr(x, y).statistic)


def partial(x: Sequence[float], y: Sequence[float], given: Sequence[float]) -> float:
    """Rank correlation of x and y with that of either with `given` taken out (Kendall 1942)."""
    xy, xg, yg = spearman(x, y), spearman(x, given), spearman(y, given)
    rest = (1 - xg**2) * (1 - yg**2)
    return (xy - xg * yg) / rest**0.5 if rest > 1e-9 else 0.0


def correlation(tasks: Mapping[str, Classes], of: str, given: str | None = None) -> float | None:
    """One collection's correlation of `of` and gain on Fisher's scale; None where no task has the classes for it."""
    least = 4 if given is None else 5
    values, weights = [], []
    for classes in tasks.values():
        if len(classes) >= least:
            x, y = ([entry[name] for entry in classes.values()] for name in (of, "gain"))
            rho = spearman(x, y) if given is None else partial(x, y, [entry[given] for entry in classes.values()])
            values.append(np.arctanh(np.clip(rho, -LIMIT, LIMIT)))
            weights.append(len(classes) - least + 1)
    return float(np.average(values, weights=weights)) if values else None


def across(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95 % t interval, as correlations, of two or more collections' correlations on Fisher's scale."""
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / len(values) ** 0.5
    half = float(stats.t.isf(0.025, len(values) - 1)) * error
    low, middle, high = np.tanh([mean - half, mean, mean + half]).tolist()
    return middle, low, high


def lines(found: Mapping[str, Any]) -> list[str]:
    """Rows of docs/method.md."""
    collections: Mapping[str, Mapping[str, Classes]] = found["collections"]
    names = list(next(iter(collections.values())))
    rows = ["| over the classes of | alignment and gain | training objects and gain | the first given the second |"]
    rows.append("|---|---|---|---|")
    for label, chosen in [("all tasks", names), *((name, [name]) for name in names)]:
        cells = []
        for of, given in (("alignment", None), ("training", None), ("alignment", "training")):
            own = [correlation({name: tasks[name] for name in chosen}, of, given) for tasks in collections.values()]
            known = [value for value in own if value is not None]
            middle, low, high = across(known) if len(known) > 1 else (np.nan, np.nan, np.nan)
            cells.append("" if len(known) < 2 else f"{middle:+.2f} ({low:+.2f} to {high:+.2f})")
        rows.append(f"| {label} | {' | '.join(cells)} |")
    best = sum(_first(tasks, "alignment") == _first(tasks, "gain") for tasks in collections.values())
    rows.append(f"the task that judges recognise best is the one that gains most in {best} of {len(collections)}")
    return rows


def _first(tasks: Mapping[str, Classes], of: str) -> str:
    """The task with the highest mean over its classes."""
    return max(tasks, key=lambda task: float(np.mean([entry[of] for entry in tasks[task].values()])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collections", type=int, default=20, help="how many are looked for, from the first seed on")
    parser.add_argument("--arm", default=ARM)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--table", action="store_true", help="only print what OUT holds")
    given = parser.parse_args()
    quiet.settle()
    out = given.out.resolve()
    if not given.table:
        here, params = Path.cwd(), load()
        own = {"settings": place(params).name, "arm": given.arm}
        had = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        collections = had["collections"] if all(had.get(name) == value for name, value in own.items()) else {}
        for seed in range(FIRST, FIRST + given.collections):
            folder = here / place(params) / str(seed)
            if str(seed) not in collections and (folder / VERDICT).exists():
                with chdir(folder):
                    collections[str(seed)] = classes_of(settings(params, seed, 1), given.arm)
        if not collections:
            raise SystemExit("bench: no collection stands here: .venv/bin/python -m bench.rerendered makes them.")
        ordered = {seed: collections[seed] for seed in sorted(collections, key=int)}
        out.write_text(json.dumps({**own, "collections": ordered}, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(json.loads(out.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
