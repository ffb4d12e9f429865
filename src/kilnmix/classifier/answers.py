"""What the classifier says of a picture, and how it is written for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kilnmix.common import csv_files


@dataclass(frozen=True)
class Answer:
    """What the classifier says of a picture.

    Attributes:
        picture: its name. tasks: task -> its likeliest classes with their probabilities, likeliest first.
        sets: task -> the classes that are likely enough at the stated error; tasks without such a statement are not in.
        unlike: whether the picture is unlike the collection that the model learnt from; None where nobody can say.
        breaches: tasks whose likeliest classes do not go together, two or more at a time.
        together: task -> class, the likeliest that go together, where the likeliest of each do not.
    """

    picture: str
    tasks: Mapping[str, Sequence[tuple[str, float]]]
    sets: Mapping[str, Sequence[str]]
    unlike: bool | None = None
    breaches: Sequence[tuple[str, ...]] = ()
    together: Mapping[str, str] = field(default_factory=dict)

    def sure(self, task: str) -> bool:
        """Whether one class alone is likely enough. Without a statement of errors the likeliest is the answer."""
        return task not in self.sets or len(self.sets[task]) == 1


def write_csv(answers: Iterable[Answer]) -> None:
    """A line a picture, task and class on standard output, likeliest first; `set` says whether it is in the set,
    `unlike` whether the picture is unlike the collection, `together` names the class that goes with those of the other
    tasks where the likeliest do not, and `sure` says whether the task's set has one class alone."""
    header = ["picture", "task", "class", "probability", "set", "unlike", "together", "sure"]
    csv_files.to(sys.stdout, header, _rows(answers))


def _rows(answers: Iterable[Answer]) -> Iterator[list[str]]:
    for given in answers:
        for task, classes in given.tasks.items():
            sure = "" if task not in given.sets else "yes" if given.sure(task) else "no"
            for name, probability in classes:
                inside = "" if task not in given.sets else "yes" if name in given.sets[task] else "no"
                unlike = "" if given.unlike is None else "yes" if given.unlike else "no"
                together = given.together.get(task, "")
                yield [given.picture, task, name, f"{probability:.4f}", inside, unlike, together, sure]


def write_json(answers: Iterable[Answer]) -> None:
    """A JSON object a line and picture on standard output; `sets` only where they are known."""
    for given in answers:
        found: dict[str, object] = {
            task: {name: round(value, 4) for name, value in classes} for task, classes in given.tasks.items()
        }
        if given.sets:
            found["sets"] = {task: list(names) for task, names in given.sets.items()}
        if given.unlike is not None:
            found["unlike"] = given.unlike
        if given.breaches:
            found["breaches"] = [list(tasks) for tasks in given.breaches]
            found["together"] = dict(given.together)
        print(json.dumps({"picture": given.picture, **found}, ensure_ascii=False))


def write_table(answers: Iterable[Answer]) -> None:
    """For people: a picture's name, then a line a task; where several classes are likely enough, `not sure`."""
    for given in answers:
        print(given.picture)
        for said in remarks(given):
            print(f"  {said}")
        width = max(map(len, given.tasks))
        for task, classes in given.tasks.items():
            listed = ", ".join(f"{name} {value:.2f}" for name, value in classes)
            print(f"  {task:<{width}}  {'' if given.sure(task) else 'not sure: '}{listed}{_rest(given, task)}")


def remarks(given: Answer) -> list[str]:
    """What a person should know before the answers, a sentence each."""
    said = []
    if given.unlike:
        said.append("unlike the collection: the answers say which of its classes is least far from this")
    if given.breaches:
        pairs = "; ".join(" and ".join(tasks) for tasks in given.breaches)
        changed = {task: name for task, name in given.together.items() if name != given.tasks[task][0][0]}
        listed = ", ".join(f"{task} {name}" for task, name in changed.items())
        said.append(f"by the rules these answers do not go together: {pairs}{listed and f' (likelier: {listed})'}")
    return said


def _rest(given: Answer, task: str) -> str:
    """The classes of the set that are not among those listed."""
    shown = {name for name, _ in given.tasks[task]}
    others = [name for name in given.sets.get(task, ()) if name not in shown]
    if not others or given.sure(task):
        return ""
    return f" (or {', '.join(others)})" if len(others) <= 3 else f" (or one of {len(others)} others)"
