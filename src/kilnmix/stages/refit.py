"""refit: the recipe that validation chose, on all objects: the classifier that the person takes away."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kilnmix.classifier import predict
from kilnmix.classifier.results import read_metrics
from kilnmix.classifier.run import TrainingRun
from kilnmix.classifier.training.parallel import train_many
from kilnmix.collection import prepared as collection
from kilnmix.collection.prepared import Prepared
from kilnmix.common.files import fresh
from kilnmix.common.paths import PREPARED, STATE, output
from kilnmix.config import Arm, Params
from kilnmix.config.experiment import FOUND
from kilnmix.curation import accepted
from kilnmix.experiment import champion, predictions
from kilnmix.experiment.arms import Bench, describe
from kilnmix.experiment.outputs import confirmed, table
from kilnmix.stages import Outcome
from kilnmix.tracking.inputs import RECORDS, DataInput
from kilnmix.tracking.records import Record, flatten, read, tags, write

VERDICT = Path("reports/verdict.json")


def run(params: Params) -> Outcome:
    photographs = collection.load(PREPARED)
    scores = validation_scores(params, photographs)
    name = champion.choose(
        {arm: score for arm, score in scores.items() if arm not in params.arms or params.arms[arm].whole}
    )
    arm = recipe(params, photographs, name)
    adapter = params.adapters[0]
    pool = output("curate", params.refit_pool, adapter)
    bench = Bench(params, photographs, "all", {adapter: accepted.load(pool, photographs.tasks)})
    seed = (arm.seeds or params.experiment.seeds)[0]
    settings = params.classifier.model_copy(update={"steps": steps(params, photographs)})
    training = bench.training(name, arm, adapter, seed, settings, keep_model=True)
    folder = train_many([training], STATE / "runs", 1, label="refit")[training.digest()]
    trained = predict.load(folder)
    model = dataclasses.replace(trained, temperatures=temperatures(params, name) or trained.temperatures)
    drawn = training.extra is not None and training.extra.kind == "synthetic"
    card = _card(name, arm, scores, training, photographs, notes(params, name, drawn))
    inputs = [DataInput(str(PREPARED), "training")]
    if training.extra is not None:
        inputs.append(DataInput(str(pool), "mixing"))
    record = Record(
        name="refit",
        tags=tags("refit", params.refit_pool, adapter, arm=name, seed=seed),
        params={**describe(arm), **flatten(settings.model_dump(mode="json"), "classifier.")},
        metrics={"photographs": len(training.train), **{f"validation.{a}": value for a, value in scores.items()}},
        curves={"loss": list(read_metrics(folder / "metrics.json").losses)},
        inputs=inputs,
        artifacts=[str(output("refit") / "card.json")],
        model=str(output("refit")),
    )
    with fresh(output("refit")) as draft:
        model.write(draft)
        (draft / "card.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        write(draft, [record])
    return Outcome(f"the arm {name}, best on validation, trained on all {len(training.train)} photographs", [record])


def validation_scores(params: Params, photographs: Prepared) -> dict[str, float]:
    """Arm -> mean validation macro-F1 over tasks, folds, adapters and seeds.

    Fold by fold: the folds' validation parts, other than their test parts, may share objects.
    """
    each = []
    for fold in params.folds:
        tables = [(fold, table(stage, fold, "val")) for stage in ("train", "confirm")]
        answers = {task.name: predictions.read(tables, photographs, task.name) for task in photographs.tasks}
        outcomes = [predictions.outcomes(photographs, answers[task], task, min_objects=1) for task in answers]
        each.append(champion.validation_scores(outcomes))
    return champion.mean(each)


def steps(params: Params, photographs: Prepared) -> int:
    """Of the training on all photographs."""
    parts = [len(photographs.members(fold, "train")) for fold in params.folds]
    return champion.steps(params.classifier.steps, len(photographs), float(np.mean(parts)))


def temperatures(params: Params, name: str) -> dict[str, float]:
    """Task -> the mean temperature of the arm's runs: this model has no validation part to be calibrated on."""
    records = [
        record
        for fold in params.folds
        for stage in ("train", "confirm")
        for record in read(output(stage, fold) / RECORDS)
        if record.tags.get("arm") == name
    ]
    keys = [f"temperature.{task}" for task in params.collection.tasks]
    return {
        key.partition(".")[2]: float(np.mean([record.metrics[key] for record in records if key in record.metrics]))
        for key in keys
        if any(key in record.metrics for record in records)
    }


def recipe(params: Params, photographs: Prepared, name: str) -> Arm:
    """The setting of an arm; what the folds' searches found is averaged."""
    if name in params.arms:
        return params.arms[name]
    return champion.average([confirmed(fold)[name] for fold in params.folds], [task.name for task in photographs.tasks])


def notes(params: Params, name: str, drawn: bool) -> tuple[str, ...]:
    """What the model card says of this model's scores and images, one sentence or two each.

    Args:
        drawn: whether synthetic images were mixed in.
    """
    averaged = name in FOUND and len(params.folds) > 1
    told = ["Trained on all objects, the test part too."]
    if averaged:
        told.append(
            f"The search of each fold found a setting of its own, and this model has their average, which no fold has "
            f"tried. The scores are those of the {len(params.folds)} folds' own settings, trained on the training "
            "parts alone and tested on objects that they had not seen; this model has no score of its own."
        )
    else:
        told.append(
            "The scores are those of the same recipe trained on the training part alone and tested on objects that it "
            "had not seen; this model has no score of its own."
        )
    if drawn and params.refit_pool != "all":
        told.append(
            f"Its synthetic images are the pool of fold {params.refit_pool}: their generator was tuned on the training "
            "part of that fold alone, not on all objects (refit_pool: all tunes one on all)."
        )
    told.append("It takes more steps as it has more photographs, at most twice as many.")
    if name in FOUND:
        told.append(
            "It was found on the validation objects that its validation score here is from, so that one flatters it a "
            "little; test scores do not."
        )
    return tuple(told)


def _card(
    name: str,
    arm: Arm,
    scores: dict[str, float],
    training: TrainingRun,
    photographs: Prepared,
    told: Sequence[str],
) -> dict[str, object]:
    """What the model's user should know; test scores are those of the comparison, on objects that it had not seen."""
    verdict = json.loads(VERDICT.read_text(encoding="utf-8")) if VERDICT.exists() else {"tasks": {}}
    tested = {
        task: entry["arms"][name]["f1"] for task, entry in verdict["tasks"].items() if name in entry.get("arms", {})
    }
    return {
        "arm": name,
        "recipe": arm.model_dump(mode="json"),
        "photographs": len(training.train),
        "steps": training.settings.steps,
        "classes": {task.name: list(task.classes) for task in photographs.tasks},
        "validation_macro_f1": scores,
        "test_macro_f1": tested,
        "note": " ".join(told),
    }
