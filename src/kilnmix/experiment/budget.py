"""`kilnmix plan --budget 8h` and `--effect 3`: the design that sees most for a time, or costs least for an effect.

Variances come from a pilot: what `train` left of validation, in as many folds as are there. No test prediction is
opened, and of the validation predictions no difference of means is read (`statistics.pilot`). Times are those of
`costs`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.collection.prepared import Prepared
from kilnmix.common.errors import UserError
from kilnmix.config import Params
from kilnmix.experiment import costs, plan, predictions
from kilnmix.statistics import budget, pilot
from kilnmix.statistics.budget import Demand, Design, Prices, TaskVariance

MOST_FOLDS = 10
_UNITS = {"": 3600.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "d": 86400.0}


@dataclass(frozen=True)
class BudgetPlan:
    """A design with what it was chosen for.

    Attributes:
        seconds, effect: what was asked for, the other None.
        tasks: the pilot's variances; blind: tasks that cannot be planned, and why.
        design: None where nothing will do.
        formula: (A*, S*) of the task with the largest run variance, where an adapter's is known.
        objects: tasks whose test objects alone leave more than `limit`, the effect asked for or the margin.
    """

    seconds: float | None
    effect: float | None
    demand: Demand
    prices: Prices
    tasks: tuple[TaskVariance, ...]
    blind: Mapping[str, str]
    design: Design | None
    formula: tuple[float, float] | None
    objects: tuple[str, ...]
    limit: float
    where: str

    def to_json(self) -> dict[str, Any]:
        formula = [n if np.isfinite(n) else None for n in self.formula or ()]
        return {"schema": 1, **dataclasses.asdict(self), "formula": formula or None}


def duration(text: str) -> float:
    """Seconds of `8h`, `90min`, `2d`; a bare number is hours.

    Raises:
        UserError: it is no duration.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if found is None or found[2] not in _UNITS or float(found[1]) <= 0:
        raise UserError(f"{text!r} is no time: write `kilnmix plan --budget 8h`, or 90min, or 2d.")
    return float(found[1]) * _UNITS[found[2]]


def prices(params: Params, photographs: int, training: int, rates: costs.Rates) -> Prices:
    """What a fold, an adapter and a classifier seed add to the time: differences of `costs.cost`, which is linear."""

    def total(folds: int, adapters: int, seeds: int) -> float:
        # A second fold brings its pool along, and a first look at `all` stays what it is.
        shaped = plan.reshaped(params, folds, adapters, seeds)
        return sum(costs.cost(shaped, photographs, training, rates).seconds.values())

    seed = total(1, 1, 2) - total(1, 1, 1)
    adapter = total(1, 2, 1) - total(1, 1, 1) - seed
    fold = total(2, 1, 1) - total(1, 1, 1) - adapter - seed
    return Prices(max(total(1, 1, 1) - fold - adapter - seed, 0.0), fold, adapter, seed)


def read_pilot(
    params: Params, photographs: Prepared, sources: Sequence[tuple[int, Path]]
) -> tuple[list[pilot.PilotVariance], dict[str, str]]:
    """The pilot's variances task by task, and the tasks that it tells nothing of.

    Args:
        sources: (fold, table of validation predictions).
    """
    tasks = [
        [
            predictions.outcomes(photographs, predictions.read(own, photographs, task.name), task.name, 1)
            for fold in dict.fromkeys(fold for fold, _ in sources)
            for own in [[source for source in sources if source[0] == fold]]
        ]
        for task in photographs.tasks
    ]
    found = pilot.read(tasks, params.experiment.primary)
    there = {each.moments.task for each in found}
    why = "the pilot trained none of the primary comparisons twice with one adapter, or validation holds one class"
    return found, {task.name: why for task in photographs.tasks if task.name not in there}


def tested(params: Params, photographs: Prepared) -> dict[str, dict[int, dict[str, int]]]:
    """Task -> number of folds -> class -> test objects, for the classes that would be scored."""
    result: dict[str, dict[int, dict[str, int]]] = {task.name: {} for task in photographs.tasks}
    for folds in range(1, MOST_FOLDS + 1):
        for task, labels in plan.count(photographs, plan.reshaped(params, folds, None, None)).items():
            counts = {name: n for name, n in labels.tested.items() if n >= params.experiment.min_class_objects}
            if len(counts) > 1 and sum(counts.values()) >= params.experiment.min_task_objects:
                result[task][folds] = counts
    return {task: folds for task, folds in result.items() if folds}


def make(
    params: Params,
    photographs: Prepared,
    sources: Sequence[tuple[int, Path]],
    gpu: bool,
    seconds: float | None = None,
    effect: float | None = None,
) -> BudgetPlan:
    """The plan; exactly one of `seconds` and `effect` (a fraction of macro-F1) is given.

    Raises:
        UserError: there is no pilot, or it tells of no task.
    """
    if not sources:
        raise UserError(
            "There is no pilot to read variances from. Train one, of two adapters and three seeds at best: `kilnmix "
            "compose folds=[0] pool_folds=[0] adapters=[0,1] experiment.seeds=[0,1,2]`, then `dvc repro train`."
        )
    found, blind = read_pilot(params, photographs, sources)
    counts = tested(params, photographs)
    blind |= {
        each.moments.task: "too few of its objects would be tested" for each in found if each.moments.task not in counts
    }
    tasks = tuple(pilot.planned(each, counts[each.moments.task]) for each in found if each.moments.task in counts)
    if not tasks:
        told = "; ".join(f"{task}: {why}" for task, why in blind.items())
        raise UserError(f"The pilot tells of no task ({told}). Give it two seeds: `experiment.seeds=[0,1,2]`.")
    settings, rates = params.experiment, costs.GPU if gpu else costs.CPU
    named = [(arm, reference, settings.controls.get(arm)) for arm, reference in settings.primary]
    demand = Demand(
        comparisons=max(len(settings.primary), 1) * len(tasks),
        alpha=settings.alpha,
        power=settings.power,
        controlled=bool(settings.controls),
        arms=len({arm for pair in named for arm in pair if arm}),
    )
    training = int(np.mean([(parts == "train").sum() for parts in photographs.parts.values()]))
    price = prices(params, len(photographs), training, rates)
    if seconds is not None:
        design = budget.smallest_effect(tasks, price, demand, seconds)
    else:
        design = budget.least_time(tasks, price, demand, effect or 0.0)
    limit = settings.margin if effect is None else effect
    worst = max(tasks, key=lambda v: (v.adapter or 0.0) + v.seed)
    return BudgetPlan(
        seconds=seconds,
        effect=effect,
        demand=demand,
        prices=price,
        tasks=tasks,
        blind=blind,
        design=design,
        formula=None if worst.adapter is None else budget.continuous(worst, price),
        objects=tuple(v.task for v in tasks if budget.more_objects(v, demand, limit)),
        limit=limit,
        where="one data-centre GPU" if gpu else "two CPU cores",
    )


def text(made: BudgetPlan) -> str:
    """The plan for a person to read."""
    lines = [_asked(made), ""]
    design = made.design
    if design is None:
        lines += [_none(made)]
    else:
        folds, adapters, seeds = (f"{list(range(n))}".replace(" ", "") for n in _shape(design))
        lines += [
            f"{plan.some(design.folds, 'fold')}, {plan.some(design.adapters, 'adapter')} a fold and "
            f"{plan.some(design.seeds, 'seed')} an adapter: about {costs.total([design.seconds])} on {made.where}.",
            f"  kilnmix compose folds={folds} pool_folds={folds} adapters={adapters} experiment.seeds={seeds}",
        ]
        for task, seen in design.detectable.items():
            lines.append(
                f"  {task}: sees {100 * seen:.1f} points with {made.demand.power:.0%} power; intervals of "
                f"plus and minus {100 * design.half_width[task]:.1f}."
            )
    for task in made.objects:
        least = budget.least_half_width(next(v for v in made.tasks if v.task == task), made.demand)
        lines.append(
            f"  {task}: take more objects instead. Those that can be tested leave plus and minus {100 * least:.1f} "
            f"points, more than {'the margin of ' if made.effect is None else ''}{100 * made.limit:g}, however many "
            "adapters and seeds there are."
        )
    lines += [f"  {task}: cannot be planned; {why}." for task, why in made.blind.items()]
    return "\n".join([*lines, "", *_known(made)])


def _shape(design: Design) -> tuple[int, int, int]:
    return design.folds, design.adapters, design.seeds


def _asked(made: BudgetPlan) -> str:
    if made.seconds is not None:
        return f"The smallest effects that {costs.total([made.seconds])} can show."
    return f"The least time in which every task shows {100 * (made.effect or 0):g} points."


def _none(made: BudgetPlan) -> str:
    if made.seconds is not None:
        return "No study can be had for that time: even the smallest takes longer, or leaves nothing to tell luck by."
    return "No study of up to ten folds, 64 adapters and 64 seeds shows it in every task. See which tasks hinder it:"


def _known(made: BudgetPlan) -> list[str]:
    """Where the figures come from."""
    lines = [
        "From the pilot's validation predictions, variances alone: no difference between arms was read, and no test "
        "prediction opened."
    ]
    if made.formula is None:
        lines.append(
            "The pilot has one adapter, so how much adapters differ is not known: the plan is for seeds, and its "
            "verdict would be about this adapter. A pilot with adapters=[0,1] plans adapters and folds too."
        )
    else:
        adapters, seeds = ("no end of" if not np.isfinite(n) else f"{n:.1f}" for n in made.formula)
        lines.append(
            f"Without whole numbers the best would be {adapters} adapters a fold and {seeds} seeds an adapter."
        )
    lines.append(f"Times on {made.where} by reference rates, within a factor of three.")
    return lines
