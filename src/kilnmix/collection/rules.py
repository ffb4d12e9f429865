"""Which labels go together: rules of the history of ceramics, with a source each. conf/rules.yaml describes the form.

A rule says which classes of other tasks go with the labels that it applies to; only labels that are known break it.
What breaks a rule of the strength `never` is not asked for, what breaks one of the strength `seldom` only where
photographs show it. Of photographs every breach is a label in doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from kilnmix.collection.prepared import MISSING, Task
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_yaml

Strength = Literal["never", "seldom"]
Span = tuple[int, int]
FORM = "The head of conf/rules.yaml describes the form."
REMEDY = "collection.rules names it: mend it, or name conf/no-rules.yaml there."
LONG_AGO, NEVER_ENDING = -(10**6), 10**6


@dataclass(frozen=True)
class Years:
    """The consequence of a rule that names years.

    Attributes:
        first, last: between which a period must have some year.
        spans: finer term -> its years; a label with such a term is held against these.
        also: classes that fit whatever their years.
    """

    first: int
    last: int
    spans: Mapping[str, Span]
    also: frozenset[int]

    def fit(self, span: Span) -> bool:
        return span[1] >= self.first and span[0] <= self.last


@dataclass(frozen=True)
class Rule:
    """If-then over tasks, which are named by their places.

    Attributes:
        given: task -> classes to which the rule applies, all of which must hold.
        fitting: task -> classes that go with them.
        source: author, title and year of a publication.
        years: task -> what the rule says of its periods.
    """

    name: str
    given: Mapping[int, frozenset[int]]
    fitting: Mapping[int, frozenset[int]]
    strength: Strength
    source: str
    years: Mapping[int, Years] = field(default_factory=dict)

    @property
    def tasks(self) -> tuple[int, ...]:
        """The tasks that it is about, those of its condition first."""
        return (*self.given, *(task for task in self.fitting if task not in self.given))

    def broken(self, labels: Sequence[int], finer: Sequence[str] | None = None) -> tuple[int, ...]:
        """The tasks whose labels break the rule.

        Args:
            labels: (T,) classes, -1 where not known; finer: (T,) finer terms, empty where there is none.
        """
        if not all(labels[task] in classes for task, classes in self.given.items()):
            return ()
        return tuple(
            task
            for task in self.fitting
            if labels[task] != MISSING and not self._fits(task, labels[task], finer[task] if finer is not None else "")
        )

    def _fits(self, task: int, label: int, finer: str) -> bool:
        years = self.years.get(task)
        if years is None or finer not in years.spans or label in years.also:
            return label in self.fitting[task]
        return years.fit(years.spans[finer])


@dataclass(frozen=True)
class Rules:
    """All rules that can apply to a collection.

    Attributes:
        left_out: how many rules of the file are on what the collection does not have.
    """

    rules: tuple[Rule, ...] = ()
    left_out: int = 0

    def breaches(self, labels: Sequence[int], finer: Sequence[str] | None = None) -> list[tuple[Rule, tuple[int, ...]]]:
        """The rules that labels (T,) break, with the tasks whose labels do, as `Rule.broken` gives them."""
        found = [(rule, rule.broken(labels, finer)) for rule in self.rules]
        return [(rule, tasks) for rule, tasks in found if tasks]

    def shown(self, labels: Sequence[Sequence[int]]) -> frozenset[tuple[str, tuple[int, ...]]]:
        """What seldom occurs and yet stands in labels (n, T): names of rules, and the classes that break them."""
        return frozenset(key for row in labels for key in self._seldom(row))

    def allow(self, labels: Sequence[int], shown: frozenset[tuple[str, tuple[int, ...]]] = frozenset()) -> bool:
        """Whether a combination (T,) may be asked for, where photographs show what is `shown`."""
        never = any(rule.strength == "never" and rule.broken(labels) for rule in self.rules)
        return not never and all(key in shown for key in self._seldom(labels))

    def _seldom(self, labels: Sequence[int]) -> Iterator[tuple[str, tuple[int, ...]]]:
        for rule, _ in self.breaches(labels):
            if rule.strength == "seldom":
                yield rule.name, tuple(labels[task] for task in rule.tasks)


def read(path: Path, tasks: Sequence[Task]) -> Rules:
    """The rules of a file that can apply to tasks.

    Raises:
        UserError: the file is missing or not of its form.
    """
    content = read_yaml(path, REMEDY)
    if not isinstance(content, Mapping) or not isinstance(content.get("rules"), Mapping):
        raise UserError(f"The rules {path} have no entry `rules` with a rule each. {FORM}")
    spans = _spans(path, content.get("periods"))
    found = [
        _rule(f"The rule {name} in {path}", str(name), entry, spans, tasks) for name, entry in content["rules"].items()
    ]
    return Rules(tuple(rule for rule in found if rule is not None), sum(rule is None for rule in found))


def _spans(path: Path, periods: Any) -> Mapping[str, Mapping[str, Span]]:
    try:
        return {
            str(task): {str(name): (int(first), int(last)) for name, (first, last) in own.items()}
            for task, own in (periods or {}).items()
        }
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise UserError(
            f"The periods of the rules {path} are not all of a first and a last year, in whole numbers. {FORM}"
        ) from error


def _rule(
    where: str, name: str, entry: Any, spans: Mapping[str, Mapping[str, Span]], tasks: Sequence[Task]
) -> Rule | None:
    """A rule; None where it cannot apply."""
    try:
        strength, source = entry["strength"], entry["source"]
        conditions, consequences = dict(entry["if"]), dict(entry["then"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{where} needs if, then, strength and source. {FORM}") from error
    if strength not in get_args(Strength):
        raise UserError(f"{where} has the strength {strength!r}; write never or seldom.")
    if not isinstance(source, str) or not source.strip():
        raise UserError(f"{where} names no source. Write author, title and year of a publication.")
    places = {task.name: place for place, task in enumerate(tasks)}
    given = {
        places[task]: _listed(where, tasks[places[task]], names) for task, names in conditions.items() if task in places
    }
    fitting, years = {}, {}
    for task, wanted in consequences.items():
        if task in places:
            place = places[task]
            fitting[place], own = _fitting(where, tasks[place], wanted, spans.get(task, {}))
            if own is not None:
                years[place] = own
    if len(given) < len(conditions) or not all(given.values()) or not fitting:
        return None
    return Rule(name, given, fitting, cast(Strength, strength), source, years)


def _listed(where: str, task: Task, names: Any) -> frozenset[int]:
    """The places of classes; those that the collection does not have are left out."""
    if not isinstance(names, list):
        raise UserError(f"{where}: {task.name} needs a list of classes. {FORM}")
    return frozenset(task.index(str(name)) for name in names if str(name) in task.classes)


def _fitting(where: str, task: Task, wanted: Any, spans: Mapping[str, Span]) -> tuple[frozenset[int], Years | None]:
    """The classes of a task that go with a rule's condition, and what it says of years."""
    if isinstance(wanted, list):
        return _listed(where, task, wanted), None
    if not isinstance(wanted, Mapping) or set(wanted) not in ({"not"}, *_WITH_YEARS):
        raise UserError(f"{where}: {task.name} needs a list of classes, or from, to and also, or not. {FORM}")
    every = frozenset(range(len(task.classes)))
    if "not" in wanted:
        return every - _listed(where, task, wanted["not"]), None
    if not spans:
        raise UserError(f"{where} names years of {task.name}, whose periods have none. Add periods.{task.name}.")
    try:
        first, last = int(wanted.get("from", LONG_AGO)), int(wanted.get("to", NEVER_ENDING))
    except (OverflowError, TypeError, ValueError) as error:
        raise UserError(f"{where}: from and to are years, in whole numbers. {FORM}") from error
    years = Years(first, last, spans, _listed(where, task, wanted.get("also", [])))
    outside = {place for place, name in enumerate(task.classes) if name in spans and not years.fit(spans[name])}
    return (every - outside) | years.also, years


_WITH_YEARS = ({"from"}, {"to"}, {"from", "to"}, {"from", "also"}, {"to", "also"}, {"from", "to", "also"})
