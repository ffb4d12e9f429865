"""What validation adopts, tested: `python -m bench.adopted` writes bench/results/adopted.json.

Simulated studies of the demo's shape: nine arms, three seeds, 200 objects in the validation part. `champion.choose`
takes the arm of the highest score among those that beat `real` by more than one standard error; beside it stand
stricter and more lenient rules. Told are how often another arm than `real` is taken, and what the arm that is taken
truly gains over `real` in the mean of the tasks: a rule for what a person takes away is good where that gain is large,
however often it is wrong about arms that are as good as `real`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from kilnmix.common import seeds
from kilnmix.experiment import champion
from kilnmix.statistics.paired import Paired, difference
from kilnmix.statistics.proportion import Proportion
from kilnmix.statistics.simulation import SimulationSettings, Simulator

OUT = Path(__file__).parent / "results" / "adopted.json"
MIXED = ("mix-95-5", "mix-90-10", "mix-40-60", "searched")
ARMS = ("real", *MIXED, "repeat-95-5", "repeat-90-10", "repeat-40-60", "real-searched")
WORLDS: Mapping[str, Mapping[str, float | tuple[float, ...]]] = {
    "no arm gains": {},
    "60 % gains 1 point": {"mix-40-60": 0.01},
    "60 % gains 3 points": {"mix-40-60": 0.03},
    "as the demo's other seeds": {
        "mix-95-5": (-0.002, 0.0, -0.004, 0.006),
        "mix-90-10": (-0.003, -0.003, -0.006, 0.013),
        "mix-40-60": (-0.017, -0.011, -0.017, 0.083),
    },
    "all mixtures lose 2 points": dict.fromkeys(MIXED, -0.02),
}
"""Name -> arm -> true difference to `real`, one for all tasks or one each: dynasty, kiln, glaze, type."""
RULES = (0.0, 0.5, 1.0, 2.0)
"""Standard errors by which an arm has to be ahead."""


def taken(scores: Mapping[str, float], margins: Mapping[str, Paired], ahead: float) -> str:
    """As `champion.choose`, with another number of standard errors."""
    better = {arm: scores[arm] for arm, margin in margins.items() if margin.delta > ahead * margin.se}
    return max(better, key=better.__getitem__) if better else champion.REAL


def world(effects: Mapping[str, float | tuple[float, ...]]) -> SimulationSettings:
    return SimulationSettings(
        objects=200, classes=(4, 8, 10, 14), smallest=3, ease=-0.5, seed_class=0.3, arms=ARMS, effects=effects
    )


def tried(name: str, studies: int) -> dict[str, Any]:
    settings = world(WORLDS[name])
    simulator = Simulator(settings)
    tasks = range(len(settings.classes))
    gains = {arm: float(np.mean([settings.effect(arm, task) for task in tasks])) for arm in ARMS}
    chosen: dict[float, list[str]] = {ahead: [] for ahead in RULES}
    for number in tqdm(range(studies), desc=name):
        drawn = simulator.draw(seeds.rng(11, f"adopted {name}", number)).tasks
        scores = champion.validation_scores(drawn)
        margins = {arm: difference([drawn], arm, champion.REAL) for arm in ARMS if arm != champion.REAL}
        for ahead, arms in chosen.items():
            arms.append(taken(scores, margins, ahead))
        if chosen[1.0][-1] != champion.choose(scores, margins):
            raise SystemExit("bench: the rule of one standard error is another than refit's.")
    return {
        "studies": studies,
        "best": max(gains.values()),
        "rules": {
            f"{ahead:g}": {
                "another": Proportion(sum(arm != champion.REAL for arm in arms), studies).to_json(),
                "gain": float(np.mean([gains[arm] for arm in arms])),
                "error": float(np.std([gains[arm] for arm in arms], ddof=1) / studies**0.5),
            }
            for ahead, arms in chosen.items()
        },
    }


def lines(found: Mapping[str, Any]) -> list[str]:
    """Rows of docs/method.md."""
    heads = " | ".join(f"more than {ahead:g} errors" if ahead else "the highest score" for ahead in RULES)
    rows = [f"| | best arm's gain | {heads} |", "|---|---|" + "---|" * len(RULES)]
    for name, entry in found.items():
        cells = [
            f"{100 * rule['another']['share']:.0f} % ({100 * rule['another']['low']:.0f} to "
            f"{100 * rule['another']['high']:.0f}), {100 * rule['gain']:+.1f}"
            for rule in entry["rules"].values()
        ]
        rows.append(f"| {name} | {100 * entry['best']:+.1f} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--table", action="store_true", help="only print what OUT holds")
    given = parser.parse_args()
    if not given.table:
        found = {}
        for name in WORLDS:
            found[name] = tried(name, given.studies)
            given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(json.loads(given.out.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
