"""The instrument on the demo, whose truth is known: `python -m bench.truth` writes bench/results/truth.json.

`known`: beside `real` it trains `oracle`, whose extra slots hold fresh renders of exactly what their labels say (they
must help), `wrong-label`, whose extra slots hold renders of something else in all four tasks (they must harm), and
`repeat`, the control. Then the verdict, by the rules of params.yaml. By default all four see all photographs
and, but for `real`, one and a half times as many renders.
`relabelled`: `real` trained forty times; its runs are dealt out as if they were six arms, a thousand times over. No arm
differs from another, so any `helps` or `harms` is wrong. The studies share runs and test objects: the binomial interval
is narrower than it should be.

It needs the demo's prepared collection (`dvc repro prepare`) and the pocket models. A run that is broken off goes on
where it stopped.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import train_all
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import environment as quiet
from kilnmix.common import seeds
from kilnmix.common.paths import PREPARED, STATE
from kilnmix.config import Arm, Params, load
from kilnmix.curation import accepted
from kilnmix.demo.collection import oracle, wrong_label
from kilnmix.demo.domain import Labels
from kilnmix.experiment import mixing, predictions
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.generator.requests import plan
from kilnmix.statistics import verdicts
from kilnmix.statistics.coverage import COMPARISONS, relabelled
from kilnmix.statistics.proportion import Proportion
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.simulation import ARMS

OUT = Path(__file__).parent / "results" / "truth.json"
DRAWS = seeds.derive(0, "max-t")
PRIMARY = (("oracle", "real"), ("wrong-label", "real"))


def pools(params: Params, photographs: Prepared, share: float, part: float, folder: Path) -> dict[str, Path]:
    """Two pools of renders with the label combinations of all training photographs: as labelled, and otherwise.

    They hold just as many as `part` of the photographs ask for, so that an arm takes all of them. From a larger pool it
    would take those whose labels its few photographs attest, which are no draw from the collection's distribution:
    what a kiln is known by, such renders let a classifier tell from glaze and type.
    """
    labels = photographs.label_matrix[photographs.members(0, "train")]
    complete = labels[(labels != MISSING).all(axis=1)]
    requests = plan(complete, mixing.images_for(share, round(part * len(labels)), "extra"), "as-real")
    asked = np.array([request.labels for request in requests])
    names = [task.name for task in photographs.tasks]
    said = [
        Labels(**{name: photographs.task(name).classes[label] for name, label in zip(names, row, strict=True)})
        for row in asked.tolist()
    ]
    size = params.collection.size
    pictures = {"oracle": oracle(said, params.seed, size), "wrong-label": wrong_label(said, params.seed, size)}
    for name, drawn in pictures.items():
        ids = [f"{name}-{number:05d}" for number in range(len(said))]
        accepted.write_trusted(folder / name, photographs.tasks, ids, np.stack(list(drawn)), asked)
    return {name: folder / name for name in pictures}


def known(params: Params, share: float, runs: int, part: float) -> dict[str, Any]:
    """Verdicts on `oracle` and `wrong-label` for every task, all arms having this part of the photographs."""
    photographs = collection.load(PREPARED)
    folders = pools(params, photographs, share, part, STATE / "truth")
    bench = ArmBuilder(params, photographs, 0, {0: accepted.load(folders["oracle"], photographs.tasks)})
    arms = {
        "real": Arm(photographs=part),
        "repeat": Arm(source="repeat", share=share, photographs=part),
        **{
            name: Arm(source="retrieved", share=share, pool=folder, photographs=part)
            for name, folder in folders.items()
        },
    }
    trainings = [bench.training(name, arm, 0, seed) for name, arm in arms.items() for seed in range(runs)]
    outcomes = trained(params, photographs, trainings)
    rules = verdicts.Rules(
        alpha=params.experiment.alpha,
        power=params.experiment.power,
        margin=params.experiment.margin,
        min_objects=params.experiment.min_task_objects,
    )
    said = verdicts.compare(
        outcomes, verdicts.plan(list(arms), PRIMARY, {}, default_control="repeat"), rules, seed=DRAWS
    )
    drawn = [len(bench.rows(arms["real"], 0, seed)) for seed in range(runs)]
    recipe = {"steps": params.classifier.steps, "batch": params.classifier.batch_size}
    shape = {"part": part, "share": share, "seeds": runs, **recipe, "photographs": drawn}
    return {**shape, **said.to_json()}


def pseudo_studies(params: Params, runs: int, per_arm: int, studies: int) -> dict[str, Any]:
    """Wrong verdicts and coverage over studies that are dealt out of runs of `real`."""
    photographs = collection.load(PREPARED)
    bench = ArmBuilder(params, photographs, 0, {})
    outcomes = trained(params, photographs, [bench.training("real", Arm(), 0, seed) for seed in range(runs)])
    wrong = joint = 0
    single, shown = list[int](), list[int]()
    counter: Counter[str] = Counter()
    for number in range(studies):
        dealt = relabelled(outcomes, ARMS, per_arm, seeds.rng(params.seed, "relabelled", number))
        answer = verdicts.compare(dealt, COMPARISONS, seed=DRAWS)
        primary = [arm for task in answer.tasks for arm in task.arms.values() if arm.vs_real is not None]
        wrong += any(arm.verdict in ("helps", "harms") for arm in primary)
        found = [arm.vs_real for arm in primary if arm.vs_real is not None]
        joint += all(one.low <= 0 <= one.high for one in found)
        alone = [one.pointwise(params.experiment.alpha) for one in found]
        single.append(sum(low <= 0 <= high for low, high in alone))
        shown.append(len(alone))
        counter.update(arm.verdict for arm in primary)
    counted = {
        "false": Proportion(wrong, studies),
        "joint": Proportion(joint, studies),
        "alone": Proportion.grouped(single, shown),
    }
    return {
        "runs": runs,
        "seeds": per_arm,
        "steps": params.classifier.steps,
        "studies": studies,
        **{name: one.to_json() for name, one in counted.items()},
        "verdicts": dict(counter),
    }


def trained(params: Params, photographs: Prepared, runs: Sequence[TrainingRun]) -> tuple[TaskOutcomes, ...]:
    """What the trainings answer for the test part, for every task."""
    done = train_all(runs, STATE / "runs", params.classifier.runs_at_once, label="truth")
    folder = STATE / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    predictions.write(folder, photographs, runs, [done[run.digest()] for run in runs])
    table = [(0, folder / predictions.FILES["test"])]
    return tuple(
        predictions.outcomes(
            photographs, predictions.read(table, photographs, task.name), task.name, params.experiment.min_class_objects
        )
        for task in photographs.tasks
    )


def lines(found: dict[str, Any]) -> list[str]:
    """Rows of docs/method.md."""
    rows = []
    for answer in found.get("known", {}).values():
        shape = f"{answer['part']:.0%} of the photographs, share {answer['share']:.0%}, "
        shape += f"{answer['seeds']} seeds, {answer['steps']} steps of {answer['batch']}"
        rows += [f"| {shape} | real | oracle, points | | wrong-label, points | |", "|---|---|---|---|---|---|"]
        for task, entry in answer["tasks"].items():
            cells = [cell for arm, _ in PRIMARY for cell in _cells(entry["arms"][arm])]
            rows.append(f"| {task} | {100 * entry['arms']['real']['f1']:.1f} | {' | '.join(cells)} |")
        rows.append("")
    if "relabelled" in found:
        entry = found["relabelled"]
        for name, said in (
            ("false", "wrong verdict"),
            ("joint", "all intervals hold"),
            ("alone", "one interval holds"),
        ):
            share = entry[name]
            rows.append(
                f"{said}: {100 * share['share']:.1f} % ({100 * share['low']:.1f} to {100 * share['high']:.1f}) of "
                f"{entry['studies']} studies dealt out of {entry['runs']} runs"
            )
    return rows


def _cells(arm: dict[str, Any]) -> tuple[str, str]:
    found = arm["vs_real"]
    if found is None:
        return "", arm["verdict"]
    return f"{100 * found['delta']:+.1f} ({100 * found['low']:+.1f} to {100 * found['high']:+.1f})", arm["verdict"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["known", "relabelled"], help="both without it")
    parser.add_argument("--share", type=float, default=0.6, help="of the extra slots in `known`")
    parser.add_argument("--part", type=float, default=1.0, help="of the photographs, for all arms of `known`")
    parser.add_argument("--seeds", type=int, default=5, help="classifier seeds of an arm in `known`")
    parser.add_argument("--runs", type=int, default=40, help="trainings of `real` in `relabelled`")
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=250, help="of a training in `known`")
    parser.add_argument("--batch", type=int, default=32, help="real slots of a step in `known`")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--table", action="store_true", help="only print what OUT holds")
    given = parser.parse_args()
    quiet.settle()
    found = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
    if not given.table:
        params = load()
        for part in [given.only] if given.only else ["known", "relabelled"]:
            if part == "known":
                recipe = {"steps": given.steps, "batch_size": given.batch}
                few = params.model_copy(update={"classifier": params.classifier.model_copy(update=recipe)})
                answer = known(few, given.share, given.seeds, given.part)
                found.setdefault(part, {})[f"{given.part:g} {given.share:g} {given.steps} {given.batch}"] = answer
            else:
                found[part] = pseudo_studies(params, given.runs, min(3, given.runs // len(ARMS)), given.studies)
            given.out.parent.mkdir(parents=True, exist_ok=True)
            given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
