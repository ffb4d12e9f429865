"""The verdicts of `bench.rerendered` held against the truth: `python -m bench.true_differences`.

For collections whose study stands, what that study's own pool truly does is estimated with many classifier seeds, none
of them the study's, on many new objects of the same domain; its error counts seeds and objects. An interval holds where
it contains the true difference. `helps` claims that the mixture beats `real` and its control, `harms` that it loses to
`real`, `equivalent` that the two differ by less than the margin; a claim is wrong where the truth lies beyond it by
more than twice its error, open where it lies within that, and `undecided` claims nothing. What the further seeds give
on the study's own objects is kept beside it (`same_objects`): it tells luck with seeds from luck with objects.
The comparisons of one collection share its pool, its photographs and the runs of `real`, and its intervals are promised
together: so what is counted is collections. Trainings are kept, and collections that the results have are passed over:
a run that is broken off goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bench.photographed import photographed
from bench.rerendered import VERDICT, place, primary, settings
from kilnmix.classifier.results import read_predictions
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared, write_tables
from kilnmix.common import environment as quiet
from kilnmix.common import manifest, seeds
from kilnmix.common.paths import PREPARED, STATE, output
from kilnmix.config import Params, load
from kilnmix.config.experiment import OTHERS
from kilnmix.curation import accepted
from kilnmix.demo.collection import draw_objects
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.predictions import outcomes_of
from kilnmix.statistics import scores
from kilnmix.statistics.paired import difference
from kilnmix.statistics.proportion import Proportion
from kilnmix.statistics.scores import TaskOutcomes

OUT = Path(__file__).parent / "results" / "true-differences.json"
FIRST_SEED = 1000
"""Of the classifiers; a study's own begin at 0."""
PURPOSE = "true differences"


def enlarged(params: Params, photographs: Prepared, objects: int) -> Prepared:
    """The collection with `objects` new objects in its test part, beside its own, a photograph each, decoded as the
    others are."""
    folder = STATE / f"enlarged-{photographs.digest[:12]}-by-{objects}"
    if not (folder / "manifest.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        drawn = draw_objects(seeds.derive(params.seed, PURPOSE), objects)
        own = photographs.pixels
        pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (len(own) + objects, *own.shape[1:]))
        pixels[: len(own)] = own
        for number, labels in enumerate(tqdm(drawn, desc="new objects")):
            pixels[len(own) + number] = photographed(labels, params.seed, PURPOSE, number, params.collection)
        pixels.flush()
        known = {task.name: {name: index for index, name in enumerate(task.classes)} for task in photographs.tasks}
        new = {
            task: np.array([names.get(getattr(one, task), MISSING) for one in drawn]) for task, names in known.items()
        }
        write_tables(
            Prepared(
                folder,
                photographs.tasks,
                np.concatenate([photographs.ids, [f"new-{number}" for number in range(objects)]]),
                np.concatenate([photographs.objects, photographs.objects.max() + 1 + np.arange(objects)]),
                {task: np.concatenate([photographs.labels[task], new[task]]) for task in known},
                {0: np.concatenate([photographs.parts[0], np.full(objects, "test")])},
                np.concatenate([photographs.sources, np.full(objects, "")]),
            )
        )
        manifest.write(folder)
    return collection.load(folder)


def measured(
    params: Params, found: dict[str, Any], runs: tuple[int, int], objects: int, mixtures: Sequence[str]
) -> dict[str, Any]:
    """The study's primary comparisons of these mixtures with their true differences, in the current folder; those that
    the study could not test are left out.

    Args:
        runs: classifiers of an arm, and of the control of an arm that is said to help; no other claims anything of it.
    """
    tested = {key: entry for key, entry in primary(found).items() if entry["vs_real"] and key[1] in mixtures}
    references = {str(entry["vs_real"]["against"]) for entry in tested.values()}
    new, own = population(params, sorted(references.union(arm for _, arm in tested)), runs[0], objects)
    named = params.experiment.controls
    helped = sorted({arm for (_, arm), entry in tested.items() if entry["verdict"] == "helps"})
    controls = {arm: str(control) for arm in helped if (control := named.get(arm, named.get(OTHERS))) in params.arms}
    beside = population(params, sorted({*controls, *controls.values()}), runs[1], objects)[0] if controls else []
    answers = {}
    for (task, arm), entry in tested.items():
        classes = found["tasks"][task]["classes"]
        tasks = [{one.task: scored_as(one, classes) for one in part if one.task == task} for part in (new, own, beside)]
        there, here, held_against = (part.get(task) for part in tasks)
        assert there is not None and here is not None
        over = true_difference(held_against, arm, controls[arm]) if held_against and arm in controls else None
        answers[f"{task} {arm}"] = {
            **held(entry, there, arm, over, params.experiment.margin),
            "same_objects": true_difference(here, arm, entry["vs_real"]["against"])[0],
        }
    return answers


def population(
    params: Params, arms: Sequence[str], runs: int, objects: int
) -> tuple[list[TaskOutcomes], list[TaskOutcomes]]:
    """What further runs of these arms answer, task by task, on new objects and on the study's own; in the current
    folder, where runs are kept."""
    photographs = enlarged(params, collection.load(PREPARED), objects)
    pool = accepted.load(output("curate", 0, 0), photographs.tasks)
    builder = ArmBuilder(params, photographs, 0, {0: pool})
    asked = {
        arm: [builder.training(arm, params.arms[arm], 0, FIRST_SEED + number) for number in range(runs)] for arm in arms
    }
    done = train_all([run for own in asked.values() for run in own], STATE / "runs", params.classifier.runs_at_once)
    answers = {arm: [read_predictions(done[run.digest()] / "test.npz") for run in own] for arm, own in asked.items()}
    tasks = outcomes_of(photographs, answers)
    first = photographs.objects.max() + 1 - objects
    return [of_objects(one, one.objects >= first) for one in tasks], [
        of_objects(one, one.objects < first) for one in tasks
    ]


def of_objects(outcomes: TaskOutcomes, chosen: np.ndarray) -> TaskOutcomes:
    """The outcomes on the chosen photographs (N,) bool, which hold all of an object's or none."""
    return replace(
        outcomes,
        **{name: getattr(outcomes, name)[chosen] for name in ("truth", "objects", "folds", "weights")},
        predicted={arm: answers[:, :, chosen] for arm, answers in outcomes.predicted.items()},
        sources=None,
    )


def scored_as(outcomes: TaskOutcomes, classes: Sequence[str]) -> TaskOutcomes:
    """With the classes which the study scored, whatever else the new objects show."""
    return replace(outcomes, scored=tuple(index for index, name in enumerate(outcomes.classes) if name in classes))


def true_difference(outcomes: TaskOutcomes, arm: str, reference: str) -> tuple[float, float]:
    """Mean difference of macro-F1 and its standard error over classifier seeds and objects."""
    apart = difference([[outcomes]], arm, reference)
    return apart.delta, apart.se


def held(
    entry: Mapping[str, Any], outcomes: TaskOutcomes, arm: str, over: tuple[float, float] | None, margin: float
) -> dict[str, Any]:
    """One verdict beside the truth.

    Args:
        over: true difference to the arm's control and its error; None: it has none.
    """
    said = entry["vs_real"]
    true, error = true_difference(outcomes, arm, said["against"])
    # By how much the claim holds, with the error of that.
    claims = {
        "helps": min((true, error), over or (true, error)),
        "harms": (-true, error),
        "equivalent": (margin - abs(true), error),
    }
    reserve, doubt = claims.get(entry["verdict"], (np.nan, 0.0))
    claim = "none" if np.isnan(reserve) else "right" if reserve > 0 else "open" if reserve > -2 * doubt else "wrong"
    return {
        "true": true,
        "error": error,
        "over_control": over[0] if over else None,
        "f1": scores.score(outcomes, arm),
        **{name: said[name] for name in ("delta", "low", "high")},
        "verdict": entry["verdict"],
        "claim": claim,
        "holds": bool(said["low"] <= true <= said["high"]),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Rows of docs/method.md."""
    rows = [
        "| collection | task and arm | true difference, points | on the study's objects | said | interval | |",
        "|---|---|---|---|---|---|---|",
    ]
    for seed, entries in found["collections"].items():
        for name, entry in entries.items():
            faults = [entry["claim"]] if entry["claim"] in ("wrong", "open") else []
            faults += [] if entry["holds"] else ["does not hold"]
            true = f"{100 * entry['true']:+.1f} (error {100 * entry['error']:.1f})"
            interval = f"{100 * entry['low']:+.1f} to {100 * entry['high']:+.1f}"
            verdict = ", ".join([entry["verdict"], *faults])
            same = f"{100 * entry['same_objects']:+.1f}" if "same_objects" in entry else ""
            rows.append(f"| {seed} | {name} | {true} | {same} | {100 * entry['delta']:+.1f} | {interval} | {verdict} |")
    every = [entry for entries in found["collections"].values() for entry in entries.values()]
    claimed = [entry["claim"] for entry in every if entry["claim"] != "none"]
    rows.append(f"claims: {len(claimed)}, wrong {claimed.count('wrong')}, open {claimed.count('open')}")
    rows.append(f"single intervals that hold: {sum(entry['holds'] for entry in every)} of {len(every)}")
    whole = found["collections"].values()
    for said, right in (
        ("no wrong claim", [all(entry["claim"] != "wrong" for entry in entries.values()) for entries in whole]),
        ("all intervals hold", [all(entry["holds"] for entry in entries.values()) for entries in whole]),
    ):
        counted = Proportion(sum(right), len(right))
        low, high = counted.interval
        rows.append(
            f"collections with {said}: {counted.hits} of {counted.total} ({100 * low:.0f} to {100 * high:.0f} %)"
        )
    return rows


def standing(out: Path, own: Mapping[str, Any]) -> dict[str, Any]:
    """What the results hold by these settings, else the settings without a collection."""
    had = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    same = all(had.get(name) == value for name, value in own.items())
    return {**own, "collections": had["collections"] if same else {}}


def studied(folder: Path, seed: int) -> Path:
    """The folder of a collection whose study stands.

    Raises:
        SystemExit: it does not.
    """
    verdict = folder / str(seed) / VERDICT
    if not verdict.exists():
        raise SystemExit(f"bench: {verdict} is not there: .venv/bin/python -m bench.rerendered --one {seed} makes it.")
    return verdict.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collections", type=int, nargs="+", default=[3, 4, 5], help="their seeds")
    parser.add_argument("--seeds", type=int, default=30, help="classifiers of an arm")
    parser.add_argument("--control-seeds", type=int, default=10, help="classifiers of the control of an arm that helps")
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--arms", nargs="+", help="mixtures whose comparisons are held against the truth; all of them")
    parser.add_argument("--runs-at-once", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--table", action="store_true", help="only print what OUT holds")
    given = parser.parse_args()
    quiet.settle()
    out = given.out.resolve()
    if not given.table:
        here, params = Path.cwd(), load()
        sys.path.insert(0, str(here))
        mixtures = given.arms or [arm for arm, _ in params.experiment.primary if arm in params.arms]
        runs = given.seeds, min(given.seeds, given.control_seeds)
        own = {"settings": place(params).name, "seeds": runs[0], "control_seeds": runs[1]}
        own |= {"objects": given.objects, "arms": mixtures}
        found = standing(out, own)
        for seed in given.collections:
            had = found["collections"].get(str(seed), {})
            if had and all("same_objects" in entry for entry in had.values()):
                continue
            with chdir(studied(here / place(params), seed)):
                study = json.loads(Path(VERDICT).read_text(encoding="utf-8"))
                asked = settings(params, seed, given.runs_at_once)
                found["collections"][str(seed)] = measured(asked, study, runs, given.objects, mixtures)
            out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(json.loads(out.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
