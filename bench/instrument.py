"""The instrument tested: `python -m bench.instrument` writes bench/results/instrument.json.

For every shape of a study: how often a study without any effect gets a wrong `helps` or `harms`, how often intervals
hold the truth, the smallest effect that the studies said they could see, and how often an effect of that size is then
found. Some worlds break an assumption on purpose, and some readings leave a part of the variance out.
`--studies 1000` takes some 80 minutes on a free core; shapes named on the command line are taken alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.common import seeds
from kilnmix.statistics import moderation, verdicts
from kilnmix.statistics.coverage import PRIMARY, Reading, study_coverage
from kilnmix.statistics.simulation import ARMS, SimulationSettings
from kilnmix.statistics.verdicts import Comparison

OUT = Path(__file__).parent / "results" / "instrument.json"
NESTED: dict[str, Any] = {"seed_class": 0.3, "adapter_class": 0.3, "adapter_overall": 0.1}
TWO, THREE = ("real", "mix-90-10"), ("real", "mix-95-5", "mix-90-10")

SHAPES = {
    "300 objects, 1 adapter x 3 seeds": SimulationSettings(objects=300, seed_class=0.3),
    "600 objects, 1 adapter x 3 seeds": SimulationSettings(objects=600, seed_class=0.3),
    "600 objects, 1 adapter x 3 seeds, with adapter effects": SimulationSettings(objects=600, **NESTED),
    "1000 objects, 1 adapter x 5 seeds": SimulationSettings(objects=1000, seeds=5, seed_class=0.3),
    "300 objects, 5 adapters x 2 seeds": SimulationSettings(objects=300, adapters=5, seeds=2, **NESTED),
    "600 objects, 5 adapters x 2 seeds": SimulationSettings(objects=600, adapters=5, seeds=2, **NESTED),
    "600 objects, 3 adapters x 1 seed": SimulationSettings(objects=600, adapters=3, seeds=1, **NESTED),
    "300 objects, 5 folds x 1 adapter x 2 seeds": SimulationSettings(objects=300, folds=5, seeds=2, **NESTED),
    "600 objects, 5 folds x 2 adapters x 1 seed": SimulationSettings(
        objects=600, folds=5, adapters=2, seeds=1, **NESTED
    ),
    "hard: F1 near 0.35": SimulationSettings(objects=600, seed_class=0.3, ease=-2.0),
    "easy: F1 near 0.9": SimulationSettings(objects=600, seed_class=0.3, ease=2.5),
    "latent utilities, argmax": SimulationSettings(objects=300, adapters=3, seeds=2, utilities=True, **NESTED),
}
"""Null studies and, with the effect that they say they can see, studies with one."""

STRAINED = {
    "one arm twice as restless": SimulationSettings(objects=600, seed_class=0.3, arm_scale={"mix-90-10": 2.0}),
    "every arm restless in its own way": SimulationSettings(
        objects=300,
        adapters=3,
        seeds=2,
        arm_scale={"mix-95-5": 0.5, "mix-90-10": 2.0, "searched": 3.0, "repeat-90-10": 1.5},
        **NESTED,
    ),
    "one task four times as restless as two others": SimulationSettings(
        objects=600, task_scale=(2.0, 1.0, 0.5, 0.5), **NESTED
    ),
    "run effects common to all classes and tasks": SimulationSettings(objects=600, seed_class=0.3, seed_overall=0.4),
    "the same, heavy-tailed (t with 3 df)": SimulationSettings(
        objects=600, seed_class=0.3, seed_overall=0.4, heavy_tails=3.0
    ),
    "one task of six classes, run effects common to them": SimulationSettings(
        objects=300, classes=(6,), adapters=4, seeds=2, seed_class=0.2, adapter_class=0.5, adapter_overall=0.3
    ),
    "one task of two classes": SimulationSettings(objects=300, classes=(2,), seed_class=0.3),
    "repeating real photographs helps by itself": SimulationSettings(
        objects=300,
        adapters=5,
        seeds=2,
        effects={"repeat-90-10": 0.08, "mix-95-5": 0.08, "mix-90-10": 0.08},
        **NESTED,
    ),
    "saturated: F1 near 0.99": SimulationSettings(objects=300, seed_class=0.3, ease=6.0),
    "saturated, one arm 3 points worse": SimulationSettings(
        objects=300, seed_class=0.3, ease=6.0, effects={"mix-90-10": -0.03}
    ),
    "duplicates of arms": SimulationSettings(
        objects=300, seed_class=0.3, arms=ARMS[:4], copies={"searched": "mix-90-10", "real-searched": "real"}
    ),
}
"""Studies without an effect to find in which something that the method assumes does not hold."""

DEMO_ARMS = (*ARMS, "mix-40-60")
DEMO = SimulationSettings(objects=840, classes=(4, 8, 10, 14), seed_class=0.3, arms=DEMO_ARMS)
GAINS = {"mix-40-60": (-0.02, -0.01, -0.04, 0.09)}
SIXTEEN = Reading(
    comparisons=verdicts.plan(DEMO_ARMS, (*PRIMARY, ("mix-40-60", "real")), {}, default_control="repeat-90-10")[:4]
)
ONE = Reading(comparisons=(Comparison("mix-90-10", "real"),))
BOTH = Reading(comparisons=(Comparison("mix-95-5", "real"), Comparison("mix-90-10", "real")))
MUSEUMS = Reading(beyond=frozenset({"sources"}))
COLLECTIONS = Reading(beyond=frozenset({"collection"}))
TWELVE = SimulationSettings(objects=600, seed_class=0.3, sources=12, source_arm=0.5)
PHOTOGRAPHS = SimulationSettings(
    objects=300, folds=5, seeds=2, collection_class=0.15, fold_class=0.15, classes=(4, 8), **NESTED
)
READ: dict[str, tuple[SimulationSettings, Reading]] = {
    "the demo's shape: 840 objects, 4 to 14 classes, 16 comparisons": (DEMO, SIXTEEN),
    "the same, one arm from -4 to +9 points": (dataclasses.replace(DEMO, effects=GAINS), SIXTEEN),
    "a lone comparison": (SimulationSettings(classes=(6,), seed_class=0.3, seed_overall=0.3, arms=TWO), ONE),
    "a lone comparison, 3 adapters x 1 seed": (
        SimulationSettings(classes=(6,), adapters=3, seeds=1, arms=TWO, **NESTED),
        ONE,
    ),
    "four tasks, one contrast each, half of the run variance common": (
        SimulationSettings(seed_class=0.3, seed_overall=0.3, arms=TWO),
        ONE,
    ),
    "two mixtures without controls": (
        SimulationSettings(classes=(6,), seed_class=0.3, seed_overall=0.2, arms=THREE),
        BOTH,
    ),
    "objects of 12 sources": (TWELVE, MUSEUMS),
    "objects of 12 sources that do not matter": (dataclasses.replace(TWELVE, source_arm=0.0), MUSEUMS),
    "objects of 5 sources, truth on these": (dataclasses.replace(TWELVE, sources=5, classes=(4, 8)), Reading()),
    "NOT HELD: objects of 5 sources, truth on all": (dataclasses.replace(TWELVE, sources=5), MUSEUMS),
    "5 folds, this collection's photographs": (PHOTOGRAPHS, Reading()),
    "NOT HELD: 5 folds, other collections' photographs": (PHOTOGRAPHS, COLLECTIONS),
}
"""Studies, all but one without an effect, that are compared, or held against a truth, in another way."""

READINGS = {
    "as it is": Reading(),
    "without borrowing": Reading(rule=functools.partial(moderation.two_way, prior_df=0.0)),
    "seeds as the only replicates": Reading(scope="adapter", against="procedure"),
    "objects alone": Reading(rule=moderation.objects_only),
}
"""The same null studies (300 objects, 5 adapters x 2 seeds), read in other ways."""
DRAWS = seeds.derive(0, "max-t")


def rngs(studies: int, seed: int = 0) -> Iterator[np.random.Generator]:
    """What the studies are drawn from, each from its own."""
    return (seeds.rng(seed, "study", index) for index in range(studies))


def null(settings: SimulationSettings, studies: int, reading: Reading | None = None) -> dict[str, Any]:
    """Coverage without an effect (or with that of the settings)."""
    return study_coverage(settings, rngs(studies), reading, DRAWS).to_json()


def shape(settings: SimulationSettings, studies: int) -> dict[str, Any]:
    """Coverage without an effect, and with the effect that the studies said they could see."""
    found = null(settings, studies)
    effects = {"mix-90-10": tuple(found["detectable"])}
    with_effect = dataclasses.replace(settings, effects=effects)
    power = study_coverage(with_effect, rngs(max(studies // 2, 1), seed=1), seed=DRAWS).to_json()
    return {**found, "power": power["found"], "power_joint": power["joint"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--again", action="store_true", help="take rows that OUT has once more")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("names", nargs="*", help="shapes, strained worlds or readings; all without any")
    parser.add_argument("--table", action="store_true", help="only print what OUT holds as a Markdown table")
    given = parser.parse_args()
    nested = SHAPES["300 objects, 5 adapters x 2 seeds"]
    tasks = {name: functools.partial(shape, settings) for name, settings in SHAPES.items()}
    tasks |= {name: functools.partial(null, settings) for name, settings in STRAINED.items()}
    tasks |= {name: functools.partial(null, settings, reading=how) for name, (settings, how) in READ.items()}
    tasks |= {name: functools.partial(null, nested, reading=how) for name, how in READINGS.items()}
    found = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
    if given.table:
        print("\n".join(table(found)))
        return
    for name in given.names or [name for name in tasks if name not in found or given.again]:
        begun = time.perf_counter()
        figures = tasks[name](given.studies)
        # Another process may have written other rows.
        found = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
        found[name] = figures
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"{name}: {_line(found[name])}  ({time.perf_counter() - begun:.0f} s)", flush=True)


def table(found: dict[str, Any]) -> list[str]:
    """Rows of docs/method.md."""

    def percent(share: dict[str, float] | None) -> str:
        if share is None:
            return ""
        return f"{100 * share['share']:.1f} ({100 * share['low']:.1f} to {100 * share['high']:.1f})"

    columns = ("studies", "wrong verdict, %", "all intervals hold, %", "one interval holds, %", "sees, points")
    rows = [f"| | {' | '.join(columns)} | finds it, % |", "|---|---|---|---|---|---|---|"]
    order = [*SHAPES, *STRAINED, *READ, *READINGS]
    for name, figures in sorted(found.items(), key=lambda item: order.index(item[0])):
        sees = f"{100 * min(figures['detectable']):.1f} to {100 * max(figures['detectable']):.1f}"
        cells = [str(figures["studies"]), *(percent(figures[key]) for key in ("false", "joint", "alone"))]
        rows.append(f"| {name} | {' | '.join(cells)} | {sees} | {percent(figures.get('power'))} |")
    return rows


def _line(figures: dict[str, Any]) -> str:
    shares = {name: figures[name] for name in ("false", "joint", "alone", "power") if name in figures}
    said = ", ".join(f"{name} {x['share']:.3f} [{x['low']:.3f}, {x['high']:.3f}]" for name, x in shares.items())
    return f"{said}, sees {', '.join(f'{100 * x:.1f}' for x in figures['detectable'])} points"


if __name__ == "__main__":
    main()
