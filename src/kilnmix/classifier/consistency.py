"""Answers to several tasks that cannot all be right: a glaze that no kiln of that dynasty made.

The rules lie beside the model, each as {"given": {task: [classes]}, "task": other task, "fitting": [classes]}; models
of before have [task, class, other task, [classes that go with it]].
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_json

NAME = "rules.json"
_MOST = 20_000
"""Combinations that are tried; where none of so many is without a breach, none is proposed."""


@dataclass(frozen=True)
class Rule:
    """Classes that go with some classes of another task alone.

    Attributes:
        given: task -> classes, all of which must hold.
    """

    given: Mapping[str, frozenset[str]]
    other: str
    fitting: frozenset[str]

    @property
    def tasks(self) -> tuple[str, ...]:
        return (*(task for task in self.given if task != self.other), self.other)

    def broken(self, classes: Mapping[str, str]) -> bool:
        return (
            all(classes.get(task) in names for task, names in self.given.items())
            and self.other in classes
            and classes[self.other] not in self.fitting
        )


def likeliest_consistent(
    probabilities: Mapping[str, np.ndarray], classes: Mapping[str, Sequence[str]], rules: Sequence[Rule]
) -> dict[str, str] | None:
    """task -> class: the combination of the highest product of probabilities that breaks no rule.

    None where the likeliest classes break no rule, and where no combination is without a breach. Combinations are gone
    through in the order of their products.

    Args:
        probabilities: task -> (C_t,) of one picture.
    """
    own = {task: classes[task][int(np.argmax(values))] for task, values in probabilities.items()}
    if not any(rule.broken(own) for rule in rules):
        return None
    tasks = [task for task in probabilities if any(task in rule.tasks for rule in rules)]
    ranked = [np.argsort(-probabilities[task], kind="stable").tolist() for task in tasks]
    for places in _falling([probabilities[task][order] for task, order in zip(tasks, ranked, strict=True)]):
        picked = zip(tasks, ranked, places, strict=True)
        chosen = {task: classes[task][order[place]] for task, order, place in picked}
        if not any(rule.broken(chosen) for rule in rules):
            return {**own, **chosen}
    return None


def _falling(values: Sequence[np.ndarray]) -> Iterator[tuple[int, ...]]:
    """Places, one in each of some falling arrays, by their product, the highest first; `_MOST` at most, and none of
    product 0.

    Each is reached from one other alone, in which the last place that is not 0 is one less, so none comes twice.
    """

    def entry(places: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        return -float(np.prod([own[place] for own, place in zip(values, places, strict=True)])), places

    waiting = [entry((0,) * len(values))]
    for _ in range(_MOST):
        if not waiting or waiting[0][0] == 0:
            return
        _, places = heapq.heappop(waiting)
        yield places
        last = max((number for number, place in enumerate(places) if place), default=0)
        for number in range(last, len(places)):
            if places[number] + 1 < len(values[number]):
                heapq.heappush(waiting, entry((*places[:number], places[number] + 1, *places[number + 1 :])))


def breaches(classes: Mapping[str, str], rules: Sequence[Rule]) -> list[tuple[str, ...]]:
    """The tasks whose classes do not go together, two or more at a time, each once."""
    return list(dict.fromkeys(rule.tasks for rule in rules if rule.broken(classes)))


def write(folder: Path, rules: Sequence[Rule]) -> None:
    entries = [
        {
            "given": {task: sorted(names) for task, names in rule.given.items()},
            "task": rule.other,
            "fitting": sorted(rule.fitting),
        }
        for rule in rules
    ]
    (folder / NAME).write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(folder: Path, remedy: str) -> tuple[Rule, ...]:
    """What `write` wrote; none where a model has no such file.

    Args:
        remedy: the sentence that says how to have a damaged file back.

    Raises:
        UserError: the file is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return ()
    try:
        return tuple(map(_rule, read_json(path, remedy)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} holds no rules ({type(error).__name__} {error}). {remedy}") from error


def _rule(entry: Any) -> Rule:
    if isinstance(entry, list):
        task, name, other, fitting = entry
        return Rule({str(task): frozenset([str(name)])}, str(other), frozenset(map(str, fitting)))
    given = {str(task): frozenset(map(str, names)) for task, names in entry["given"].items()}
    return Rule(given, str(entry["task"]), frozenset(map(str, entry["fitting"])))
