"""What the classifier says of a picture, and how it is written for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kilnmix.common import csv_files


@dataclass(frozen=True)
class Answer:
    """What the classifier says of a picture.

    Attributes:
        picture: its name. tasks: task -> its likeliest classes with their probabilities, likeliest first.
        sets: task -> the classes that are likely enough at the stated error; tasks without such a statement are not in.
    """

    picture: str
    tasks: Mapping[str, Sequence[tuple[str, float]]]
    sets: Mapping[str, Sequence[str]]

    def sure(self, task: str) -> bool:
        """Whether one class alone is likely enough. Without a statement of errors the likeliest is the answer."""
        return task not in self.sets or len(self.sets[task]) == 1


def write_csv(answers: Iterable[Answer]) -> None:
    """A line a picture, task and class on standard output, likeliest first; `set` says whether it is in the set."""
    csv_files.to(sys.stdout, ["picture", "task", "class", "probability", "set"], _rows(answers))


def _rows(answers: Iterable[Answer]) -> Iterator[list[str]]:
    for given in answers:
        for task, classes in given.tasks.items():
            for name, probability in classes:
                inside = "" if task not in given.sets else "yes" if name in given.sets[task] else "no"
                yield [given.picture, task, name, f"{probability:.4f}", inside]


def write_json(answers: Iterable[Answer]) -> None:
    """A JSON object a line and picture on standard output; `sets` only where they are known."""
    for given in answers:
        found: dict[str, object] = {
            task: {name: round(value, 4) for name, value in classes} for task, classes in given.tasks.items()
        }
        if given.sets:
            found["sets"] = {task: list(names) for task, names in given.sets.items()}
        print(json.dumps({"picture": given.picture, **found}, ensure_ascii=False))


def write_table(answers: Iterable[Answer]) -> None:
    """For people: a picture's name, then a line a task; where several classes are likely enough, `not sure`."""
    for given in answers:
        print(given.picture)
        width = max(map(len, given.tasks))
        for task, classes in given.tasks.items():
            listed = ", ".join(f"{name} {value:.2f}" for name, value in classes)
            print(f"  {task:<{width}}  {'' if given.sure(task) else 'not sure: '}{listed}{_rest(given, task)}")


def _rest(given: Answer, task: str) -> str:
    """The classes of the set that are not among those listed."""
    shown = {name for name, _ in given.tasks[task]}
    others = [name for name in given.sets.get(task, ()) if name not in shown]
    if not others or given.sure(task):
        return ""
    return f" (or {', '.join(others)})" if len(others) <= 3 else f" (or one of {len(others)} others)"
