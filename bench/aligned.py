"""Do images help where judges recognise them? `python -m bench.aligned` writes bench/results/aligned.json.

Reads what `bench.rerendered` left in the folders of its collections: of every class the share of its synthetic images
that the judges took for it (`alignment`), its training objects, and what the mixture changes in its F1. A collection's
rank correlation is taken over the classes of each task by itself, and the tasks averaged with weights C - 1. The
interval is of the mean over collections, which differ in photographs, adapter and seeds but hold the same classes,
base and backbone: it says how sure this is of collections like these, not of other classes.

Images are drawn for rare classes first, so training objects are also, backwards, images drawn; what is left of the
correlation with their rank taken out of both sides (partial) is told too. Tasks of fewer than `LEAST` classes have no
say in any column.
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
from bench.true_differences import standing
from kilnmix.collection import prepared as collection
from kilnmix.common import environment as quiet
from kilnmix.common.paths import PREPARED
from kilnmix.config import Params, load
from kilnmix.experiment.subsets import training_counts
from kilnmix.report.collect.pools import alignments
from kilnmix.statistics.scores import class_f1

OUT = Path(__file__).parent / "results" / "aligned.json"
ARM = "mix-40-60"
LEAST = 5
"""Classes of a task, at least."""

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


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Rank correlation; None where a side is constant."""
    if len(set(x)) < 2 or len(set(y)) < 2:
        return None
    return float(stats.spearmanr(x, y).statistic)


def partial(x: Sequence[float], y: Sequence[float], given: Sequence[float]) -> float | None:
    """Rank correlation of x and y with the rank of `given` taken out of both; None where that leaves nothing."""
    xy, xg, yg = spearman(x, y), spearman(x, given), spearman(y, given)
    if xy is None or xg is None or yg is None:
        return None
    rest = (1 - xg**2) * (1 - yg**2)
    return (xy - xg * yg) / rest**0.5 if rest > 1e-9 else None


def correlation(tasks: Mapping[str, Classes], of: str, given: str | None = None) -> float | None:
    """One collection's correlation of `of` and gain; None where no task has one."""
    values, weights = [], []
    for classes in tasks.values():
        if len(classes) < LEAST:
            continue
        x, y = ([entry[name] for entry in classes.values()] for name in (of, "gain"))
        rho = spearman(x, y) if given is None else partial(x, y, [entry[given] for entry in classes.values()])
        if rho is not None:
            values.append(rho)
            weights.append(len(classes) - 1)
    return float(np.average(values, weights=weights)) if values else None


def across(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean of two or more collections' correlations and its 95 % t interval, as far as correlations reach."""
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / len(values) ** 0.5
    half = float(stats.t.isf(0.025, len(values) - 1)) * error
    return mean, max(-1.0, mean - half), min(1.0, mean + half)


def lines(found: Mapping[str, Any]) -> list[str]:
    """Rows of docs/method.md."""
    collections: Mapping[str, Mapping[str, Classes]] = found["collections"]
    names = list(dict.fromkeys(name for tasks in collections.values() for name in tasks))
    rows = [
        f"| {len(collections)} collections, over the classes of | alignment and gain | training objects and gain "
        "| the first given the second |",
        "|---|---|---|---|",
    ]
    for label, chosen in [("all tasks", names), *((name, [name]) for name in names)]:
        cells = []
        for of, given in (("alignment", None), ("training", None), ("alignment", "training")):
            own = [
                correlation({name: tasks[name] for name in chosen if name in tasks}, of, given)
                for tasks in collections.values()
            ]
            known = [value for value in own if value is not None]
            if len(known) < 2:
                cells.append("")
                continue
            mean, low, high = across(known)
            of_fewer = f", {len(known)} collections" if len(known) < len(collections) else ""
            cells.append(f"{mean:+.2f} ({low:+.2f} to {high:+.2f}{of_fewer})")
        if any(cells):
            rows.append(f"| {label} | {' | '.join(cells)} |")
    return rows


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
        found = standing(out, {"settings": place(params).name, "arm": given.arm})
        collections = found["collections"]
        for seed in range(FIRST, FIRST + given.collections):
            folder = here / place(params) / str(seed)
            if str(seed) not in collections and (folder / VERDICT).exists():
                with chdir(folder):
                    collections[str(seed)] = classes_of(settings(params, seed, 1), given.arm)
        if not collections:
            raise SystemExit("bench: no collection stands here: .venv/bin/python -m bench.rerendered makes them.")
        found["collections"] = {seed: collections[seed] for seed in sorted(collections, key=int)}
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(json.loads(out.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
