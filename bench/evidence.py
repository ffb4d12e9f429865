"""Evidence at the smallest price, tested: `python -m bench.evidence` writes bench/results/evidence.json.

- `looks`: studies of eight seeds read once, and at three looks, after 3, 5 and 8 seeds: wrong verdicts without an
  effect, power at the effect that the single reading says it sees, trainings saved at that effect and at twice as much;
- `budget`: a pilot, the design it leads to for eight hours, and the half-widths that a study of that design then has.

`--studies N`, and the names of what is to be done; all without any.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.common import seeds
from kilnmix.statistics import looks, pilot, verdicts
from kilnmix.statistics.budget import Demand, Prices, smallest_effect
from kilnmix.statistics.coverage import COMPARISONS, PRIMARY
from kilnmix.statistics.looks import LookPlan
from kilnmix.statistics.proportion import Proportion
from kilnmix.statistics.simulation import SimulationSettings, Simulator
from kilnmix.statistics.verdicts import StudyVerdict

OUT = Path(__file__).parent / "results" / "evidence.json"
LUCK = {"seed_class": 0.3, "adapter_class": 0.3, "adapter_overall": 0.1}
MIXED = ("mix-95-5", "mix-90-10", "searched")


def plan() -> LookPlan:
    return LookPlan((3, 5, 8), (0.002, 0.01, 0.038), futility=0.02)


def decided(verdict: StudyVerdict) -> bool:
    return any(arm.verdict in ("helps", "harms") for task in verdict.tasks for arm in task.arms.values())


def helped(verdict: StudyVerdict) -> int:
    return sum(task.arms["mix-90-10"].verdict == "helps" for task in verdict.tasks)


def trained(found: looks.SequentialVerdict, schedule: LookPlan) -> float:
    """Share of the trainings of a study without looks."""
    total, before = 0, 0
    for look, count in enumerate(schedule.seeds):
        known = {key: closed for key, closed in found.closed.items() if closed.look < look}
        arms = looks.SequentialVerdict(schedule, found.verdict, known, look).open_arms(COMPARISONS)
        total += len(arms) * (count - before)
        before = count
    everything = {arm for c in COMPARISONS for arm in (c.arm, c.reference, c.control) if arm}
    return total / (len(everything) * schedule.seeds[-1])


def sequential(studies: int) -> dict[str, Any]:
    schedule = plan()
    world = SimulationSettings(objects=600, seeds=schedule.seeds[-1], seed_class=0.3)
    null = Simulator(world)
    seen = np.median([
        [task.arms["mix-90-10"].detectable for task in verdicts.compare(null.draw(rng).tasks, COMPARISONS).tasks]
        for rng in (seeds.rng(9, "detectable", n) for n in range(20))
    ], axis=0)  # fmt: skip
    result: dict[str, Any] = {"looks": dataclasses.asdict(schedule), "detectable": seen.tolist()}
    for name, times, count in (("none", 0.0, studies), ("seen", 1.0, studies // 2), ("twice", 2.0, studies // 4)):
        effects = {"mix-90-10": tuple(times * seen)} if times < 2 else dict.fromkeys(MIXED, tuple(times * seen))
        simulator = Simulator(dataclasses.replace(world, effects=effects)) if times else null
        wrong, single, saved, futile = 0, 0, 0.0, 0
        once, several = list[int](), list[int]()
        for n in range(count):
            tasks = simulator.draw(seeds.rng(7, "study", n)).tasks
            whole = verdicts.compare(tasks, COMPARISONS)
            found = looks.sequential(tasks, COMPARISONS, schedule)
            wrong += decided(found.verdict)
            single += decided(whole)
            once.append(helped(whole))
            several.append(helped(found.verdict))
            saved += 1 - trained(found, schedule)
            futile += sum(closed.why == looks.FUTILE for closed in found.closed.values())
        each = [len(seen)] * count
        result[name] = {
            "studies": count,
            "decided": Proportion(wrong, count).to_json(),
            "decided_once": Proportion(single, count).to_json(),
            "found": Proportion.grouped(several, each).to_json(),
            "found_once": Proportion.grouped(once, each).to_json(),
            "saved": saved / count,
            "futile": futile / (count * 3 * len(seen)),
        }
        print(name, result[name], flush=True)
    return result


def budget(studies: int) -> dict[str, Any]:
    """Eight hours; a fold takes 2000 s, an adapter 1500 s, a seed of six arms 120 s; 120 validation objects."""
    world = SimulationSettings(objects=600, **LUCK)  # type: ignore[arg-type]
    prices, demand = Prices(0, 2000, 1500, 120), Demand(12, 0.05, 0.8, True, 6)
    result: dict[str, Any] = {}
    for adapters, count in ((2, 3), (3, 2)):
        ratios = []
        for n in range(studies):
            small = dataclasses.replace(world, objects=120, smallest=3, adapters=adapters, seeds=count)
            tried = Simulator(small, 400).draw(seeds.rng(1, "pilot", n)).tasks
            read = pilot.read([[task] for task in tried], PRIMARY)
            tasks = []
            for found, law in zip(read, world.tasks, strict=True):
                whole = {f"class-{c}": int(size) for c, size in enumerate(law.sizes)}
                half = {name: max(size // 2, 5) for name, size in whole.items()}
                tasks.append(pilot.planned(found, {1: half, 2: whole, 3: whole, 5: whole}))
            design = smallest_effect(tasks, prices, demand, 8 * 3600)
            assert design is not None
            shape = dataclasses.replace(
                world, folds=design.folds, adapters=design.adapters, seeds=design.seeds, objects=600
            )
            if design.folds == 1:
                shape = dataclasses.replace(shape, objects=300)
            drawn = Simulator(shape, 400).draw(seeds.rng(2, "study", n)).tasks
            for task in verdicts.compare(drawn, COMPARISONS).tasks:
                widths = [(a.vs_real.high - a.vs_real.low) / 2 for a in task.arms.values() if a.vs_real]
                ratios.append(float(np.median(widths)) / design.half_width[task.task])
        quartiles = np.quantile(ratios, [0.25, 0.5, 0.75]).tolist()
        result[f"pilot of {adapters} adapters x {count} seeds"] = {"studies": studies, "realised": quartiles}
        print(result, flush=True)
    return result


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {"looks": sequential, "budget": budget}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("names", nargs="*", help=", ".join(PARTS))
    given = parser.parse_args()
    found = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
    for name in given.names or PARTS:
        found[name] = PARTS[name](given.studies)
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(name, found[name], flush=True)


if __name__ == "__main__":
    main()
