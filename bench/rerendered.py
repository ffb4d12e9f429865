"""The demo's study on collections of other seeds: `python -m bench.rerendered` writes bench/results/rerendered.json.

Every collection is rendered anew and goes through the stages from `prepare` to `train` with the settings of params.yaml
in a folder of its own under .kilnmix, whose name changes with settings and renderer, with an adapter, a pool and
classifier seeds of its own; then the verdicts on the fixed arms. What stands in a folder is reused, and a collection
whose study the results have by the same settings and renderer is passed over: a run that is broken off goes on, on
another machine too. Where code of training or statistics has changed, delete the results first.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.kept import kept
from kilnmix.common import digests, manifest, seeds
from kilnmix.common import environment as quiet
from kilnmix.common.paths import PREPARED, output
from kilnmix.config import Params, load
from kilnmix.config.experiment import OTHERS
from kilnmix.statistics import pooling
from kilnmix.statistics.proportion import Proportion
from kilnmix.statistics.scores import TaskOutcomes

OUT = Path(__file__).parent / "results" / "rerendered.json"
FIRST = 3
"""Of the collections' seeds: 1 and 2 were looked at when the share of the third mixture was chosen."""
STAGES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("prepare", ()),
    ("judge", (0,)),
    ("encode", (0,)),
    ("finetune", (0, 0)),
    ("generate", (0, 0)),
    ("curate", (0, 0)),
    ("train", (0,)),
)
"""Stage and the fold and adapter it is run for."""
VERDICT = "verdict.json"
BESIDE = ("profile", "refit_arm", "refit_pool", "search", "looks", "extended", "report", "tracking")
"""Settings that no stage up to `train` reads."""


def settings(params: Params, seed: int, at_once: int) -> Params:
    """The project's settings with a seed of its own, for fold 0 and adapter 0."""
    classifier = params.classifier.model_copy(update={"runs_at_once": at_once})
    own = {"seed": seeds.derive(params.seed, "rerendered", seed), "classifier": classifier, "folds": (0,)}
    return params.model_copy(update={**own, "adapters": (0,), "pool_folds": (0,)})


def study(params: Params, seed: int) -> None:
    """One collection in the current folder: from nothing to `VERDICT`."""
    from kilnmix.demo.collection import render_collection

    if not (params.collection.folder / "labels.csv").exists():
        render_collection(params.collection.folder, seed)
    for stage, place in STAGES:
        if not output(stage, *place).exists():
            print(f"collection {seed}, {stage}: {run_stage(stage, params, *place)}", flush=True)
    Path(VERDICT).write_text(json.dumps(verdict(params), indent=1) + "\n", encoding="utf-8")


def run_stage(stage: str, params: Params, *place: int) -> str:
    """Fills a stage's output in the current folder, whole or not at all; returns its sentence."""
    whole = output(stage, *place)
    draft = whole.with_name(whole.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    sentence: str = import_module(f"kilnmix.stages.{stage}").run(params, *place, draft).sentence
    manifest.write(draft)
    draft.rename(whole)
    return sentence


def answered(params: Params) -> tuple[TaskOutcomes, ...]:
    """What the study's runs answered on the test part, task by task; in the current folder."""
    from kilnmix.collection import prepared
    from kilnmix.experiment import predictions

    photographs = prepared.load(PREPARED)
    table = [(0, output("train", 0) / predictions.FILES["test"])]
    return tuple(
        predictions.outcomes(
            photographs,
            predictions.read(table, photographs, task.name),
            task.name,
            params.experiment.min_class_objects,
        )
        for task in photographs.tasks
    )


def verdict(params: Params) -> dict[str, Any]:
    """The verdicts on the fixed arms by the rules of params.yaml."""
    from kilnmix.experiment.arms import counterparts
    from kilnmix.statistics import verdicts

    rules = params.experiment
    primary = tuple(pair for pair in rules.primary if pair[0] in params.arms)
    plan = verdicts.plan(
        list(params.arms), primary, rules.controls, counterparts(params.arms), rules.controls.get(OTHERS)
    )
    limits = verdicts.Rules(
        alpha=rules.alpha, power=rules.power, margin=rules.margin, min_objects=rules.min_task_objects
    )
    return verdicts.compare(answered(params), plan, limits, seed=seeds.derive(0, "max-t")).to_json()


def place(params: Params) -> Path:
    """Where the collections of these settings lie."""
    read = params.model_dump(mode="json", exclude=set(BESIDE))
    return kept(f"rerendered-{digests.of_state(params=read)[:8]}")


def known(params: Params, out: Path) -> dict[str, Any]:
    """Seed -> study, of these settings' collections that the results have."""
    had = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    return dict(had["collections"]) if had.get("settings") == place(params).name else {}


def folder_of(params: Params, seed: int) -> Path:
    """The collection's folder, with the project's models and settings beside its data."""
    folder = place(params) / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pocket", "conf", "params.yaml"):
        if not (folder / name).exists():
            (folder / name).symlink_to(Path(name).resolve())
    return folder


def primary(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """(task, arm) -> what a verdict says of a primary comparison."""
    return {
        (task, arm): entry
        for task, answer in found["tasks"].items()
        for arm, entry in answer["arms"].items()
        if entry.get("family") == "primary"
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Rows of docs/method.md, by task and arm: how often which verdict, and the collections pooled (random effects)."""
    rows = [
        "| task | arm | real | pooled difference, points | the next collection | verdicts |",
        "|---|---|---|---|---|---|",
    ]
    counts: dict[tuple[str, str], Counter[str]] = {}
    deltas: dict[tuple[str, str], list[tuple[float, float]]] = {}
    scores: dict[str, list[float]] = {}
    for answer in found["collections"].values():
        for key, entry in primary(answer).items():
            counts.setdefault(key, Counter())[entry["verdict"]] += 1
            if entry["vs_real"]:
                deltas.setdefault(key, []).append((entry["vs_real"]["delta"], entry["vs_real"]["se"] ** 2))
        for task, entry in answer["tasks"].items():
            scores.setdefault(task, []).append(entry["arms"]["real"]["f1"])
    for (task, arm), counter in counts.items():
        said = ", ".join(f"{name} {number}" for name, number in counter.most_common())
        real = sum(scores[task]) / len(scores[task])
        mean, beyond = pooled_cells(deltas[task, arm])
        rows.append(f"| {task} | {arm} | {100 * real:.1f} | {mean} | {beyond} | {said} |")
    return rows + [helped(found, task) for task in scores]


def pooled_cells(found: Sequence[tuple[float, float]]) -> tuple[str, str]:
    """The mean of (difference, variance) with its 95 % interval, and the interval for one further collection."""
    pooled = pooling.random_effects([value for value, _ in found], [variance for _, variance in found])
    if pooled is None:
        return f"{100 * sum(value for value, _ in found) / len(found):+.1f}", ""
    mean, low, high = 100 * pooled.mean, 100 * pooled.low, 100 * pooled.high
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f})", f"{100 * pooled.next_low:+.1f} to {100 * pooled.next_high:+.1f}"


def helped(found: dict[str, Any], task: str) -> str:
    """In how many collections a mixture helps the task."""
    said = [
        any(entry["verdict"] == "helps" for (own, _), entry in primary(answer).items() if own == task)
        for answer in found["collections"].values()
    ]
    counted = Proportion(sum(said), len(said))
    low, high = counted.interval
    return f"{task} is helped in {counted.hits} of {counted.total} collections ({100 * low:.0f} to {100 * high:.0f} %)"


def _child(seed: int, at_once: int) -> bool:
    command = [sys.executable, "-m", "bench.rerendered", "--one", str(seed), "--runs-at-once", str(at_once)]
    return subprocess.run(command, check=False).returncode == 0


def _gather(asked: Sequence[int], out: Path) -> dict[str, Any]:
    params = load()
    collections = known(params, out)
    for seed in asked:
        path = place(params) / str(seed) / VERDICT
        if path.exists():
            collections[str(seed)] = json.loads(path.read_text(encoding="utf-8"))
    ordered = {seed: collections[seed] for seed in sorted(collections, key=int)}
    found = {"settings": place(params).name, "collections": ordered}
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--collections", type=int, default=20, help=f"how many; their seeds are {FIRST}, {FIRST + 1}, ..."
    )
    parser.add_argument("--at-once", type=int, default=1, help="collections side by side")
    parser.add_argument("--runs-at-once", type=int, default=2, help="trainings side by side, of each collection")
    parser.add_argument("--one", type=int, help="this collection only, in this process")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--table", action="store_true", help="only print what OUT holds")
    given = parser.parse_args()
    quiet.settle()
    if given.table:
        print("\n".join(lines(json.loads(given.out.read_text(encoding="utf-8")))))
        return
    if given.one is not None:
        params = load()
        sys.path.insert(0, str(Path.cwd()))
        os.chdir(folder_of(params, given.one))
        study(settings(params, given.one, given.runs_at_once), given.one)
        return
    asked = range(FIRST, FIRST + given.collections)
    had = known(load(), given.out)
    with ThreadPoolExecutor(given.at_once) as pool:
        for _ in pool.map(lambda seed: _child(seed, given.runs_at_once), [one for one in asked if str(one) not in had]):
            _gather(asked, given.out)
    print("\n".join(lines(_gather(asked, given.out))))


if __name__ == "__main__":
    main()
