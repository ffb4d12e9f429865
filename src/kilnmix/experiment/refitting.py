"""The recipe that validation chose or `refit_arm` names, ready to be trained on all objects, and its model's card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kilnmix.classifier import consistency, predict
from kilnmix.classifier.consistency import Rule
from kilnmix.classifier.predict import Model
from kilnmix.classifier.predict_files import SETS
from kilnmix.classifier.reference import RATE, Reference
from kilnmix.classifier.run import TrainingRun
from kilnmix.collection import rules_file
from kilnmix.collection.prepared import Prepared
from kilnmix.common.errors import UserError
from kilnmix.common.paths import REPORTS, output
from kilnmix.common.readers import read_mapping, understood
from kilnmix.config import Arm, Params
from kilnmix.config.experiment import FOUND
from kilnmix.curation import accepted
from kilnmix.experiment import champion, predictions
from kilnmix.experiment.arms import ArmBuilder
from kilnmix.experiment.outputs import confirmed, tables, trainings
from kilnmix.statistics import conformal
from kilnmix.statistics.paired import difference, pairable
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.tracking.inputs import RECORDS
from kilnmix.tracking.records import read

VERDICT = REPORTS / "verdict.json"
ERRORS = (0.05, 0.1, 0.2)
"""Shares of sets that may lack the true class, for which thresholds are kept."""


@dataclass(frozen=True)
class Choice:
    """The arm to take away.

    Attributes:
        scores: arm -> mean validation macro-F1.
        pool: folder of the accepted images that it may mix in.
        unpaired: arms that validation could not hold against `real`, since they share no classifier seed with it.
    """

    name: str
    arm: Arm
    scores: Mapping[str, float]
    training: TrainingRun
    pool: Path
    unpaired: tuple[str, ...] = ()

    @property
    def left_out(self) -> str:
        """A sentence without its point on the arms that validation could not choose; empty: none."""
        if not self.unpaired:
            return ""
        one = len(self.unpaired) == 1
        return (
            f"Validation left out {', '.join(self.unpaired)}, which {'has' if one else 'have'} no classifier seed in "
            f"common with {champion.REAL}: see {', '.join(f'arms.{name}.seeds' for name in self.unpaired)}"
        )

    @property
    def drawn(self) -> bool:
        """Whether synthetic images are mixed in."""
        return self.training.extra is not None and self.training.extra.kind == "synthetic"


def choose(params: Params, photographs: Prepared) -> Choice:
    """The arm that `refit_arm` names, or that validation adopts (`champion.choose`) among those that learn all tasks
    from all photographs and share a classifier seed with `real`, and its training.

    Raises:
        UserError: the named arm was not trained, or validation holds no label to choose by.
    """
    folds = validation_outcomes(params, photographs)
    scores = champion.mean([champion.validation_scores(tasks) for tasks in folds])
    whole = {arm: score for arm, score in scores.items() if arm not in params.arms or params.arms[arm].whole}
    others = [arm for arm in whole if champion.REAL in whole and arm != champion.REAL]
    unpaired = tuple(
        arm for arm in others if not any(pairable(task, arm, champion.REAL) for tasks in folds for task in tasks)
    )
    margins = {arm: difference(folds, arm, champion.REAL) for arm in others if arm not in unpaired}
    adopted = champion.choose({arm: score for arm, score in whole.items() if arm not in unpaired}, margins)
    name = params.refit_arm or adopted
    if name not in whole:
        raise UserError(
            f"refit_arm names the arm {name!r}, which no training of this study has: it has {', '.join(whole)}. Set "
            "refit_arm in params.yaml to one of them, or to null for the one that validation adopts."
        )
    arm = recipe(params, photographs, name)
    adapter = params.adapters[0]
    pool = output("curate", params.refit_pool, adapter)
    builder = ArmBuilder(params, photographs, "all", {adapter: accepted.load(pool, photographs.tasks)})
    seed = (arm.seeds or params.experiment.seeds)[0]
    scaled = arm.model_copy(update={"classifier": {**arm.classifier, "steps": steps(params, photographs, arm)}})
    training = builder.training(name, scaled, adapter, seed, keep_model=True)
    return Choice(name, arm, scores, training, pool, unpaired)


def validation_outcomes(params: Params, photographs: Prepared) -> list[list[TaskOutcomes]]:
    """What every arm answered on validation: for each fold its tasks.

    Fold by fold: the folds' validation parts, other than their test parts, may share objects.
    """
    each = []
    for fold in params.folds:
        sources = tables(params, "val", [fold])
        answers = {task.name: predictions.read(sources, photographs, task.name) for task in photographs.tasks}
        each.append([predictions.outcomes(photographs, answers[task], task, min_objects=1) for task in answers])
    return each


def steps(params: Params, photographs: Prepared, arm: Arm) -> int:
    """Of the arm's training on all photographs."""
    parts = [len(photographs.members(fold, "train")) for fold in params.folds]
    return champion.steps(arm.recipe(params.classifier).steps, len(photographs), float(np.mean(parts)))


def thresholds(params: Params, photographs: Prepared, name: str) -> dict[str, dict[str, float | None]]:
    """Error -> task -> threshold of the sets of classes, from what the arm's trainings answered for validation.

    This model learnt from all photographs, so the trainings of the folds stand in for it (cross-conformal: Vovk 2015,
    1208.0806). The validation parts also chose steps and temperatures, which makes the sets a little too small.
    """
    sources = tables(params, "val")
    found: dict[str, dict[str, float | None]] = {str(error): {} for error in ERRORS}
    for task in photographs.tasks:
        answers = predictions.read(sources, photographs, task.name)
        truth = photographs.labels[task.name][answers.rows]
        labelled = truth >= 0
        own = answers.probabilities[name][:, :, labelled]
        scores = 1.0 - np.take_along_axis(own, truth[labelled][None, None, :, None], axis=3)
        objects = np.broadcast_to(photographs.objects[answers.rows][labelled], own.shape[:3])
        for error in ERRORS:
            largest = conformal.threshold(scores.ravel(), objects.ravel(), error)
            found[str(error)][task.name] = largest if np.isfinite(largest) else None
    return found


def recipe(params: Params, photographs: Prepared, name: str) -> Arm:
    """The setting of an arm; what the folds' searches chose is averaged."""
    if name in params.arms:
        return params.arms[name]
    return champion.average([confirmed(fold)[name] for fold in params.folds], [task.name for task in photographs.tasks])


def temperatures(params: Params, name: str) -> dict[str, float]:
    """Task -> the mean temperature of the arm's runs: this model has no validation part to be calibrated on."""
    records = [
        record
        for fold in params.folds
        for folder in trainings(params, fold)
        for record in read(folder / RECORDS)
        if record.tags.get("arm") == name
    ]
    keys = [f"temperature.{task}" for task in params.collection.tasks]
    return {
        key.partition(".")[2]: float(np.mean([record.metrics[key] for record in records if key in record.metrics]))
        for key in keys
        if any(key in record.metrics for record in records)
    }


def write_limits(
    params: Params, photographs: Prepared, choice: Choice, model: Model, folder: Path
) -> dict[str, object]:
    """Writes beside a model what says how far its answers can be trusted: thresholds of its sets, the collection that
    pictures are compared with, rules. Returns what the card says of it."""
    limits = json.dumps(thresholds(params, photographs, choice.name), ensure_ascii=False, indent=1) + "\n"
    (folder / SETS).write_text(limits, encoding="utf-8")
    reference = known(model, photographs, choice.training.train)
    reference.write(folder)
    consistency.write(folder, rules(params, photographs))
    return limit(model, reference)


def known(model: Model, photographs: Prepared, rows: np.ndarray) -> Reference:
    """The photographs `rows` (n,) as the model sees them: what tells a picture that is unlike them."""
    _, _, features = predict.answer(model, photographs.pixels[rows])
    return Reference.of(features, photographs.objects[rows], photographs.ids[rows].tolist())


def limit(model: Model, reference: Reference) -> dict[str, object]:
    """For the model card: when a picture is called unlike the collection."""
    if not np.isfinite(reference.threshold):
        return {"unlike": f"Nobody can say: {len(set(reference.objects.tolist()))} objects are too few."}
    features = "an untouched backbone" if model.probe is not None else "this network, which learnt from them"
    least = "" if model.probe is not None else "at least "
    return {
        "unlike": f"A picture farther than {reference.threshold:.3f} from the nearest photographs, by the features of "
        f"{features}: {least}{RATE:.0%} of objects like those of the collection."
    }


def rules(params: Params, photographs: Prepared) -> list[Rule]:
    """Which answers do not go together: what the rules say of labels that should never do."""
    tasks = photographs.tasks

    def names(task: int, classes: frozenset[int]) -> frozenset[str]:
        return frozenset(tasks[task].classes[place] for place in classes)

    return [
        Rule(
            {tasks[task].name: names(task, own) for task, own in rule.given.items()},
            tasks[other].name,
            names(other, fitting),
        )
        for rule in rules_file.read(params.collection, tasks).rules
        if rule.strength == "never"
        for other, fitting in rule.fitting.items()
    ]


def card(params: Params, choice: Choice, photographs: Prepared) -> dict[str, object]:
    """What the model's user should know; test scores are those of the comparison, on objects that it had not seen."""
    verdict = read_mapping(VERDICT) if VERDICT.exists() else {"tasks": {}}
    with understood(VERDICT):
        tested = {
            task: entry["arms"][choice.name]["f1"]
            for task, entry in verdict["tasks"].items()
            if choice.name in entry.get("arms", {})
        }
    return {
        "arm": choice.name,
        "named": params.refit_arm is not None,
        "recipe": choice.arm.model_dump(mode="json"),
        "photographs": len(choice.training.train),
        "steps": choice.training.settings.steps,
        "classes": {task.name: list(task.classes) for task in photographs.tasks},
        "validation_macro_f1": dict(choice.scores),
        "test_macro_f1": tested,
        "note": " ".join(
            [*notes(params, choice.name, choice.drawn), *([f"{choice.left_out}."] if choice.left_out else [])]
        ),
    }


def notes(params: Params, name: str, drawn: bool) -> tuple[str, ...]:
    """What the model card says of this model's scores and images, one sentence or two each.

    Args:
        drawn: whether synthetic images were mixed in.
    """
    averaged = name in FOUND and len(params.folds) > 1
    told = ["Trained on all objects, the test part too."]
    if params.refit_arm is not None:
        told.append(
            "Its arm was named by a person (refit_arm), not adopted by validation over all tasks. Where the report's "
            "verdicts were the reason, its test scores were chosen among others and flatter it a little."
        )
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
            "little" + ("." if params.refit_arm is not None else "; test scores do not.")
        )
    return tuple(told)
