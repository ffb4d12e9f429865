"""Why families of intervals hold more often than asked: `python -m bench.families` writes bench/results/families.json.

The same simulated null studies, read in four ways: as the method reads them; with the differences' true correlation in
the place of that over objects; with their true standard errors in the place of the estimated ones; and with narrower
intervals, which trust the borrowed variance more (`PRIOR_DF`). "True" is what all studies of a kind show together.
"""

from __future__ import annotations

import argparse
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from bench.instrument import DRAWS, SHAPES, STRAINED, rngs
from kilnmix.common import seeds
from kilnmix.statistics import moderation, verdicts
from kilnmix.statistics.coverage import COMPARISONS, Reading, Share, study_coverage
from kilnmix.statistics.simulation import SimulationSettings, Simulator

OUT = Path(__file__).parent / "results" / "families.json"
ALPHA = 0.05
SHOWN = (
    "300 objects, 1 adapter x 3 seeds",
    "1000 objects, 1 adapter x 5 seeds",
    "600 objects, 5 adapters x 2 seeds",
    "600 objects, 5 folds x 2 adapters x 1 seed",
)
WORST = ("run effects common to all classes and tasks", "one task of six classes, run effects common to them")
TRUST = (8.0, 16.0, 32.0)


def taken_apart(settings: SimulationSettings, studies: int) -> dict[str, Any]:
    """How often the family of primary intervals holds the truth (which is no effect), and what its parts say."""
    simulator = Simulator(settings)
    rows = []
    for index in range(studies):
        study = simulator.draw(seeds.rng(0, "family", index))
        answer = verdicts.compare(study.tasks, COMPARISONS, seed=DRAWS)
        for t, task in enumerate(answer.tasks):
            for arm in task.arms.values():
                if arm.vs_real is None:
                    continue
                names = (arm.comparison.arm, arm.comparison.reference)
                truth = [simulator.truth(study, t, name, answer.scope) for name in names]
                found = arm.vs_real
                rows.append((found.delta - (truth[0] - truth[1]), found.se, found.df))
    error, se, df = np.array(rows).reshape(studies, -1, 3).transpose(2, 0, 1)
    count = error.shape[1]
    alone = stats.norm.isf((1 - (1 - ALPHA) ** (1 / count)) / 2)
    drawn = np.random.default_rng(0).multivariate_normal(np.zeros(count), np.corrcoef(error.T), 100_000)
    together = np.quantile(np.abs(drawn).max(1), 1 - ALPHA)
    z = stats.norm.isf(stats.t.sf(np.abs(error) / se, df))
    value, true = se**2, error.std(0)
    return {
        "studies": studies,
        "as it is": _share(z <= alone),
        "true correlation": _share(z <= together),
        "true standard errors": _share(np.abs(error) / true <= alone),
        "variance over the true one": float((value.mean(0) / true**2).mean()),
        "stated df": float(np.median(df)),
        # A variance with df degrees of freedom scatters by a factor sqrt(2 / df).
        "df by its scatter": float(2 / np.median(value.std(0) / value.mean(0)) ** 2),
    }


def trusting(settings: SimulationSettings, prior_df: float, studies: int) -> dict[str, Any]:
    """Wrong verdicts and the width of intervals where the borrowed variance is trusted as `prior_df` says."""
    found = study_coverage(
        settings, rngs(studies), Reading(rule=functools.partial(moderation.two_way, prior_df=prior_df))
    )
    low, high = found.false.interval
    return {"false": found.false.value, "low": low, "high": high, "half_width": found.half_width, "studies": studies}


def _share(inside: np.ndarray) -> dict[str, float]:
    share = Share(int(inside.all(axis=1).sum()), len(inside))
    return {"share": share.value, "low": share.interval[0], "high": share.interval[1]}


def table(found: dict[str, Any]) -> list[str]:
    """Rows of docs/method.md."""
    columns = ("as it is", "true correlation", "true standard errors")
    rows = ["| family holds, % | as it is | true correlation | true standard errors | variance | stated df | df seen |"]
    rows.append("|---|---|---|---|---|---|---|")
    for name, parts in found["apart"].items():
        cells = [f"{100 * parts[column]['share']:.1f}" for column in columns]
        cells.append(f"{parts['variance over the true one']:.2f}")
        cells += [f"{parts['stated df']:.0f}", f"{parts['df by its scatter']:.0f}"]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    rows += ["", f"| wrong verdict, % | {' | '.join(f'{prior_df:g}' for prior_df in TRUST)} |", "|---|---|---|---|"]
    for name, by_trust in found.get("trust", {}).items():
        cells = [f"{100 * x['false']:.1f} ({100 * x['low']:.1f} to {100 * x['high']:.1f})" for x in by_trust.values()]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("names", nargs="*", help="worlds; all without any")
    parser.add_argument("--table", action="store_true", help="only print what OUT holds as Markdown tables")
    given = parser.parse_args()
    found = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {"apart": {}, "trust": {}}
    if not given.table:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        for name in [name for name in SHOWN if name in (given.names or SHOWN)]:
            found["apart"][name] = taken_apart(SHAPES[name], given.studies)
            given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        for name in [name for name in WORST if name in (given.names or WORST)]:
            found["trust"][name] = {f"{df:g}": trusting(STRAINED[name], df, given.studies) for df in TRUST}
            given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
