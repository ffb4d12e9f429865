"""The verdicts of `bench.rerendered` held against the truth: `python -m bench.true_differences`.

For collections whose study stands in .kilnmix/rerendered, what that study's own pool truly does is estimated with many
classifier seeds, none of them the study's, on many new objects of the same domain. An interval holds where it contains
the true difference; `helps`, `harms` and `equivalent` are wrong where the true difference says otherwise; `undecided`
claims nothing. Trainings are kept, so a run that is broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from bench.rerendered import FOLDER, VERDICT, primary, settings
from kilnmix.classifier.results import read_predictions
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared, write_tables
from kilnmix.common import environment as quiet
from kilnmix.common import manifest, seeds
from kilnmix.common.paths import PREPARED, STATE, output
from kilnmix.config import Params, load
from kilnmix.curation import accepted
from kilnmix.demo.collection import QUALITY, draw_objects, jpeg, shot
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.statistics import scores
from kilnmix.statistics.coverage import Share
from kilnmix.statistics.scores import TaskOutcomes

OUT = Path(__file__).parent / "results" / "true-differences.json"
FIRST_SEED = 1000
"""Of the classifiers; a study's own begin at 0."""
PURPOSE = "true differences"


def enlarged(photographs: Prepared, objects: int, seed: int, folder: Path) -> Prepared:
    """The collection with `objects` new objects as its test part in place of its own, a photograph each."""
    if not (folder / "tasks.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        drawn = draw_objects(seeds.derive(seed, PURPOSE), objects)
        own = photographs.pixels
        pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (len(own) + objects, *own.shape[1:]))
        pixels[: len(own)] = own
        for number, labels in enumerate(tqdm(drawn, desc="new objects")):
            encoded = jpeg(shot(labels, seed, PURPOSE, number, size=own.shape[1]), QUALITY)
            pixels[len(own) + number] = np.asarray(Image.open(io.BytesIO(encoded)))
        pixels.flush()
        known = {task.name: {name: place for place, name in enumerate(task.classes)} for task in photographs.tasks}
        new = {
            task: np.array([names.get(getattr(one, task), MISSING) for one in drawn]) for task, names in known.items()
        }
        parts = np.where(photographs.parts[0] == "test", "", photographs.parts[0])
        write_tables(
            Prepared(
                folder,
                photographs.tasks,
                np.concatenate([photographs.ids, [f"new-{number}" for number in range(objects)]]),
                np.concatenate([photographs.objects, photographs.objects.max() + 1 + np.arange(objects)]),
                {task: np.concatenate([photographs.labels[task], new[task]]) for task in known},
                {0: np.concatenate([parts, np.full(objects, "test")])},
                np.concatenate([photographs.sources, np.full(objects, "")]),
            )
        )
        manifest.write(folder)
    return collection.load(folder)


def measured(params: Params, found: dict[str, Any], runs: int, objects: int) -> dict[str, Any]:
    """The study's primary comparisons with their true differences, in the current folder."""
    folder = STATE / f"{PURPOSE.replace(' ', '-')}-{objects}"
    photographs = enlarged(collection.load(PREPARED), objects, params.seed, folder)
    pool = accepted.load(output("curate", 0, 0), photographs.tasks)
    builder = ArmBuilder(params, photographs, 0, {0: pool})
    pairs = [pair for pair in params.experiment.primary if pair[0] in params.arms]
    arms = list(dict.fromkeys(arm for pair in pairs for arm in pair))
    asked = {
        arm: [builder.training(arm, params.arms[arm], 0, FIRST_SEED + number) for number in range(runs)] for arm in arms
    }
    done = train_all([run for own in asked.values() for run in own], STATE / "runs", params.classifier.runs_at_once)
    answers = {arm: [read_predictions(done[run.digest()] / "test.npz") for run in own] for arm, own in asked.items()}
    tasks = {outcomes.task: outcomes for outcomes in outcomes_of(photographs, answers)}
    return {
        f"{task} {arm}": held(entry, tasks[task], arm, found["tasks"][task]["classes"], params.experiment.margin)
        for (task, arm), entry in primary(found).items()
        if entry["vs_real"] and arm in asked
    }


def held(
    entry: dict[str, Any], outcomes: TaskOutcomes, arm: str, classes: Sequence[str], margin: float
) -> dict[str, Any]:
    """One verdict beside the truth; macro-F1 is that of the classes which the study scored."""
    scored = tuple(place for place, name in enumerate(outcomes.classes) if name in classes)
    same = replace(outcomes, scored=scored)
    weights = same.macro()
    each = (scores.class_f1(same, arm) - scores.class_f1(same, entry["vs_real"]["against"])) @ weights
    true, error = float(each.mean()), float(each.std(ddof=1) / np.sqrt(each.size))
    said = entry["vs_real"]
    right = {"helps": true > 0, "harms": true < 0, "equivalent": abs(true) < margin}
    return {
        "true": true,
        "error": error,
        **{name: said[name] for name in ("delta", "low", "high")},
        "verdict": entry["verdict"],
        "holds": bool(said["low"] <= true <= said["high"]),
        "right": bool(right.get(entry["verdict"], True)),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Rows of docs/method.md."""
    rows = ["| collection | task and arm | true difference, points | said | interval | |", "|---|---|---|---|---|---|"]
    every = []
    for seed, entries in found["collections"].items():
        for name, entry in entries.items():
            every.append(entry)
            interval = f"{100 * entry['low']:+.1f} to {100 * entry['high']:+.1f}"
            faults = [said for key, said in (("right", "wrong"), ("holds", "does not hold")) if not entry[key]]
            numbers = f"{100 * entry['true']:+.1f} | {100 * entry['delta']:+.1f} | {interval}"
            rows.append(f"| {seed} | {name} | {numbers} | {', '.join([entry['verdict'], *faults])} |")
    for key, said in (("holds", "intervals hold"), ("right", "verdicts are not wrong")):
        share = Share(sum(entry[key] for entry in every), len(every))
        low, high = share.interval
        rows.append(f"{said}: {share.hits} of {share.total} ({100 * low:.0f} to {100 * high:.0f} %)")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collections", type=int, nargs="+", default=[1, 2, 3], help="their seeds")
    parser.add_argument("--seeds", type=int, default=30, help="classifiers of an arm")
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--runs-at-once", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--table", action="store_true", help="only print what OUT holds")
    given = parser.parse_args()
    quiet.settle()
    if not given.table:
        here, out, params = Path.cwd(), given.out.resolve(), load()
        sys.path.insert(0, str(here))
        found: dict[str, Any] = {"seeds": given.seeds, "objects": given.objects, "collections": {}}
        for seed in given.collections:
            folder = here / FOLDER / str(seed)
            if not (folder / VERDICT).exists():
                raise SystemExit(f"bench: {folder / VERDICT} is not there: python -m bench.rerendered makes it.")
            os.chdir(folder)
            study = json.loads(Path(VERDICT).read_text(encoding="utf-8"))
            own = settings(params, seed, given.runs_at_once)
            found["collections"][str(seed)] = measured(own, study, given.seeds, given.objects)
            out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(json.loads(given.out.resolve().read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
