"""The instrument on trained classifiers whose gain is known: `python -m bench.replayed` (bench/results/replayed.json).

For one collection of `bench.rerendered` many classifiers of `real`, a mixture and its control are trained beside the
study's own pool and answer for many new objects (`bench.true_differences`). Studies are dealt from these answers, with
as many seeds as the study has and as many objects as it has with a label for a task, runs and objects drawn with
replacement; so what the answers show altogether is each study's truth, and the mixture truly helps some tasks and harms
others. How often do the intervals hold it, and how often is a verdict wrong? Studies of one collection share its
photographs, adapter and pool, as the scope of their verdicts says.

Three things are not as in the study: the family is this one mixture in all tasks, with its control, so that intervals
are narrower; a new object has one photograph; and a run may be drawn twice, which makes the stated errors scatter more.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bench.rerendered import place, settings
from bench.true_differences import population, standing, studied
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import environment as quiet
from kilnmix.common import seeds
from kilnmix.common.paths import PREPARED
from kilnmix.config import Params, load
from kilnmix.config.experiment import OTHERS
from kilnmix.statistics import scores, verdicts
from kilnmix.statistics.coverage import DRAWS, replayed
from kilnmix.statistics.proportion import Proportion
from kilnmix.statistics.scores import TaskOutcomes

OUT = Path(__file__).parent / "results" / "replayed.json"


def replay(params: Params, tasks: Sequence[TaskOutcomes], mixture: str, objects: int, studies: int) -> dict[str, Any]:
    """Task -> how often interval and verdict are right, and `all`: the same of all tasks of a study together."""
    rules = params.experiment
    comparisons = verdicts.plan(
        list(tasks[0].predicted), ((mixture, "real"),), rules.controls, {}, rules.controls.get(OTHERS)
    )[:1]
    limits = verdicts.Rules(
        alpha=rules.alpha, power=rules.power, margin=rules.margin, min_objects=rules.min_task_objects
    )
    rows: dict[str, list[dict[str, Any]]] = {task.task: [] for task in tasks}
    for number in tqdm(range(studies), desc="studies"):
        rng = seeds.rng(params.seed, "replayed", number)
        study = replayed(tasks, len(rules.seeds), objects, rules.min_class_objects, rng)
        answer = verdicts.compare(study, comparisons, limits, seed=seeds.derive(number, "max-t"), draws=DRAWS)
        for drawn, known, found in zip(study, tasks, answer.tasks, strict=True):
            rows[known.task].append(judged(found.arms[mixture], replace(known, scored=drawn.scored), limits))
    fixed = {task.task: alone(params, task, comparisons, limits, objects, studies) for task in tasks}
    together = [all(row["simultaneous"] for row in study) for study in zip(*rows.values(), strict=True)]
    wrong = [any(row["wrong"] for row in study) for study in zip(*rows.values(), strict=True)]
    return {
        **{task: {**summary(own), "fixed": fixed[task]} for task, own in rows.items()},
        "all": {"hold": shown(together), "wrong": shown(wrong)},
    }


def alone(
    params: Params,
    task: TaskOutcomes,
    comparisons: Sequence[verdicts.Comparison],
    rules: verdicts.Rules,
    objects: int,
    studies: int,
) -> dict[str, Any]:
    """`summary` of one task's studies in which every class has as many objects each time, its share of them, as the
    method takes it: what changes against the others is what class sizes that vary add."""
    rows = []
    members = [np.flatnonzero(task.truth == label) for label in range(len(task.classes))]
    for number in tqdm(range(studies), desc=f"studies of {task.task}, fixed class sizes"):
        rng = seeds.rng(params.seed, "replayed", task.task, number)
        sizes = [round(objects * len(own) / len(task.truth)) for own in members]
        taken = [rng.choice(own, size) if size else own[:0] for own, size in zip(members, sizes, strict=True)]
        chosen = np.concatenate(taken)
        runs = rng.integers(task.runs[1], size=len(params.experiment.seeds))
        study = replace(
            task,
            scored=tuple(c for c, own in enumerate(taken) if len(own) >= params.experiment.min_class_objects),
            truth=task.truth[chosen],
            objects=np.arange(len(chosen)),
            folds=np.zeros(len(chosen), np.int64),
            weights=np.ones(len(chosen)),
            predicted={arm: answers[:, runs][:, :, chosen] for arm, answers in task.predicted.items()},
        )
        answer = verdicts.compare([study], comparisons, rules, seed=seeds.derive(number, "max-t"), draws=DRAWS)
        rows.append(judged(answer.tasks[0].arms[comparisons[0].arm], replace(task, scored=study.scored), rules))
    return summary(rows)


def labelled(photographs: Prepared) -> float:
    """Test objects of fold 0 with a label, in the mean over tasks."""
    rows = photographs.members(0, "test")
    known = (photographs.labels[task.name][rows] != MISSING for task in photographs.tasks)
    return float(np.mean([len(np.unique(photographs.objects[rows[own]])) for own in known]))


def judged(found: verdicts.ArmVerdict, truth: TaskOutcomes, rules: verdicts.Rules) -> dict[str, Any]:
    """One verdict against the truth over the classes that its study scored."""
    said = found.vs_real
    assert said is not None
    compared = found.comparison
    own, real = scores.score(truth, compared.arm), scores.score(truth, compared.reference)
    beyond = own - scores.score(truth, compared.control) if compared.control else own - real
    wrong = {
        "helps": min(own - real, beyond) <= 0,
        "harms": own >= real,
        "equivalent": abs(own - real) > rules.margin,
    }
    low, high = said.pointwise(rules.alpha)
    return {
        "true": own - real,
        "delta": said.delta,
        "se": said.se,
        "df": said.df,
        "simultaneous": bool(said.low <= own - real <= said.high),
        "alone": bool(low <= own - real <= high),
        "verdict": found.verdict,
        "wrong": bool(wrong.get(found.verdict, False)),
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of one task over all studies: mean truth and estimate, their spread against the stated error, and shares."""
    error = np.array([row["delta"] - row["true"] for row in rows])
    return {
        "true": float(np.mean([row["true"] for row in rows])),
        "bias": float(error.mean()),
        "spread": float(error.std(ddof=1)),
        "stated": float(np.sqrt(np.mean([row["se"] ** 2 for row in rows]))),
        "df": float(np.median([row["df"] for row in rows])),
        "alone": shown([row["alone"] for row in rows]),
        "wrong": shown([row["wrong"] for row in rows]),
        "verdicts": dict(Counter(row["verdict"] for row in rows)),
    }


def shown(right: Sequence[bool]) -> dict[str, float]:
    return Proportion(sum(right), len(right)).to_json()


def lines(found: dict[str, Any]) -> list[str]:
    """Rows of docs/method.md."""

    def percent(share: dict[str, float]) -> str:
        return f"{100 * share['share']:.1f} ({100 * share['low']:.1f} to {100 * share['high']:.1f})"

    rows = [
        "| collection | task | truth, points | mean of the studies | their spread | stated error "
        "| one interval holds, % | class sizes fixed: spread | stated error | holds, % "
        "| wrong verdict, % | verdicts |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for seed, entry in found["collections"].items():
        for task, own in entry.items():
            if task == "all":
                continue
            said = ", ".join(f"{name} {number}" for name, number in Counter(own["verdicts"]).most_common())
            points = f"{100 * own['true']:+.1f} | {100 * (own['true'] + own['bias']):+.1f} | {100 * own['spread']:.2f}"
            fixed = own["fixed"]
            same = f"{100 * fixed['spread']:.2f} | {100 * fixed['stated']:.2f} | {percent(fixed['alone'])}"
            shares = f"{percent(own['alone'])} | {same} | {percent(own['wrong'])}"
            rows.append(f"| {seed} | {task} | {points} | {100 * own['stated']:.2f} | {shares} | {said} |")
    return rows + [
        f"collection {seed}: all intervals hold in {percent(entry['all']['hold'])} % of studies, "
        f"a verdict is wrong in {percent(entry['all']['wrong'])} %"
        for seed, entry in found["collections"].items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collections", type=int, nargs="+", default=[3], help="their seeds")
    parser.add_argument("--mixture", default="mix-40-60", help="the arm that is held against real")
    parser.add_argument("--seeds", type=int, default=30, help="classifiers of an arm")
    parser.add_argument("--objects", type=int, default=10_000, help="new objects that they answer for")
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--runs-at-once", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--table", action="store_true", help="only print what OUT holds")
    given = parser.parse_args()
    quiet.settle()
    out = given.out.resolve()
    if not given.table:
        here, params = Path.cwd(), load()
        sys.path.insert(0, str(here))
        own = {"settings": place(params).name, "mixture": given.mixture, "seeds": given.seeds, "objects": given.objects}
        own["studies"] = given.studies
        found = standing(out, own)
        control = params.experiment.controls.get(given.mixture)
        arms = ["real", given.mixture, *([control] if control else [])]
        for seed in given.collections:
            with chdir(studied(here / place(params), seed)):
                asked = settings(params, seed, given.runs_at_once)
                tested = round(labelled(collection.load(PREPARED)))
                tasks, _ = population(asked, arms, given.seeds, given.objects)
                found["collections"][str(seed)] = replay(asked, tasks, given.mixture, tested, given.studies)
            out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(json.loads(out.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
