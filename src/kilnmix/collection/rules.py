"""Which labels go together: rules of the history of ceramics, with a source each. `rules_file` reads them. Pure.

A rule says which classes of other tasks go with the labels that it applies to; only labels that are known break it.
What breaks a rule of the strength `never` is not asked for, what breaks one of the strength `seldom` only where
photographs show it. Of photographs every breach is a label in doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kilnmix.collection.prepared import MISSING

Strength = Literal["never", "seldom"]
Span = tuple[int, int]


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
        left_out: how many rules of the file cannot apply, because they are on what the collection does not have.
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
