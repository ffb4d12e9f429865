"""`kilnmix plan`: what the prepared collection can show, and what it will take, before any of it is run.

Reads out/prepare and params.yaml; the plan may ask for other folds, adapters and seeds than params.yaml has.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from kilnmix.collection.prepared import MISSING, Prepared
from kilnmix.common import seeds
from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.experiment import costs
from kilnmix.experiment.costs import Cost, Rates
from kilnmix.statistics import power as planning
from kilnmix.statistics.power import Labels, Shape, TaskPower
from kilnmix.statistics.verdicts import Rules


@dataclass(frozen=True)
class StudyPlan:
    """A study of a shape on a collection: tasks' labels, what each can show, what it takes."""

    shape: Shape
    labels: dict[str, Labels]
    powers: tuple[TaskPower, ...]
    cost: Cost
    where: str
    rules: Rules

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, **dataclasses.asdict(self), "assumed": list(planning.ASSUMED)}


def reshaped(params: Params, folds: int | None, adapters: int | None, seeds: int | None) -> Params:
    """The settings with another number of folds, adapters or seeds."""
    for name, count in (("folds", folds), ("adapters", adapters), ("seeds", seeds)):
        if count is not None and count < 1:
            raise UserError(f"A study takes at least one of its {name}, not {count}.")
    update: dict[str, Any] = {}
    if folds is not None:
        kept = [pool for pool in params.pool_folds if pool == "all"]
        update |= {"folds": tuple(range(folds)), "pool_folds": (*range(folds), *kept)}
    if adapters is not None:
        update["adapters"] = tuple(range(adapters))
    if seeds is not None:
        update["experiment"] = params.experiment.model_copy(update={"seeds": tuple(range(seeds))})
    return params.model_copy(update=update)


def count(photographs: Prepared, params: Params) -> dict[str, Labels]:
    """Objects of every task by class, and how many of them the planned folds test.

    With the folds that were prepared, they are counted. Otherwise k folds test every object once, classes with fewer
    than `split.min_objects` excepted, and one fold tests the share `split.test`.
    """
    split, folds = params.collection.split, len(params.folds)
    parts = np.stack([photographs.parts[fold] for fold in sorted(photographs.parts)])
    in_test = (parts == "test").any(axis=0)
    result = {}
    for task in photographs.tasks:
        labels = photographs.labels[task.name]
        known = labels != MISSING
        objects, tested = {}, {}
        for index, name in enumerate(task.classes):
            has = known & (labels == index)
            objects[name] = len(np.unique(photographs.objects[has]))
            if folds == len(photographs.parts):
                tested[name] = len(np.unique(photographs.objects[has & in_test]))
            elif objects[name] < split.min_objects:
                tested[name] = 0
            else:
                tested[name] = objects[name] if folds > 1 else round(split.test * objects[name])
        result[task.name] = Labels(objects, tested)
    return result


def plan(params: Params, photographs: Prepared, gpu: bool) -> StudyPlan:
    """The plan of the study that `params` describes."""
    settings, rates = params.experiment, costs.GPU if gpu else costs.CPU
    views = np.bincount(photographs.objects)
    shape = Shape(
        len(params.folds), len(params.adapters), len(settings.seeds), float((views[views > 0] > 1).mean().round(3))
    )
    rules = Rules(settings.alpha, settings.power, settings.margin, settings.min_task_objects)
    labels = count(photographs, params)
    seen = planning.predict_power(
        labels,
        shape,
        len(settings.primary),
        settings.min_class_objects,
        rules,
        lambda task, number: seeds.rng(params.seed, "plan", f"{task} {number}"),
        seeds.derive(0, "max-t"),
    )
    training = int(np.mean([(parts == "train").sum() for parts in photographs.parts.values()]))
    cost = costs.cost(params, len(photographs), training, rates)
    return StudyPlan(shape, labels, seen, cost, _where(rates), rules)


def _where(rates: Rates) -> str:
    return "one data-centre GPU" if rates is costs.GPU else "two CPU cores"


def text(made: StudyPlan) -> str:
    """The plan for a person to read."""
    shape = made.shape
    lines = [
        f"A study of {some(shape.folds, 'fold')}, {some(shape.adapters, 'adapter')} a fold and "
        f"{some(shape.seeds, 'seed')} an adapter."
    ]
    for seen in made.powers:
        lines += ["", *_task(seen, made)]
    lines += ["", *_costs(made), "", "Assumed: " + "; ".join(planning.ASSUMED) + "."]
    return "\n".join(lines)


def some(number: int, thing: str) -> str:
    """1 fold, 3 folds."""
    return f"{number} {thing}{'s' if number != 1 else ''}"


def _task(seen: TaskPower, made: StudyPlan) -> list[str]:
    given = made.labels[seen.task]
    classes = ", ".join(f"{name} {number}" for name, number in sorted(given.objects.items(), key=lambda item: -item[1]))
    lines = [
        f"{seen.task}: {seen.labelled} labelled objects of {seen.classes} classes ({classes});",
        f"  {seen.tested} of them are tested, in the {seen.scored} classes that have enough to be scored.",
    ]
    if seen.detectable is None:
        why = (
            f"It lacks at least {seen.wanting} labelled objects."
            if seen.wanting
            else "It takes two seeds, adapters or folds at least to tell run variance from an effect."
        )
        return [*lines, f"  Untestable. {why}"]
    lines.append(
        f"  Smallest effect it can show: {100 * seen.detectable:.1f} points of macro-F1, with {made.rules.power:.0%} "
        "power."
    )
    if seen.more is not None:
        lines.append(f"  {seen.more} more labelled objects, in these proportions, would halve that.")
    elif seen.best is not None:
        times = planning.FACTORS[-1]
        lines.append(
            f"  More objects alone don't halve that: with {times} times as many it is {100 * seen.best:.1f}, "
            "for run variance remains. More adapters (or folds) and seeds do."
        )
    return lines


def _costs(made: StudyPlan) -> list[str]:
    todo, seconds = made.cost.work, made.cost.seconds
    longest = sorted(seconds.items(), key=lambda item: -item[1])[:4]
    named = ", ".join(f"{stage} {costs.total([value])}" for stage, value in longest)
    return [
        f"To do: {todo.judges} judges, {todo.trainings} trainings and up to {todo.trials} shorter ones for the search, "
        f"{todo.tuned_images} images tuned on, {todo.drawn} images drawn.",
        f"Time on {made.where}: about {costs.total(list(seconds.values()))} (longest: {named}); by reference rates, "
        "within a factor of three.",
        f"Memory: up to about {made.cost.memory / 1e9:.0f} GB. Disk: about {max(made.cost.disk / 1e9, 0.1):.1f} GB.",
    ]
