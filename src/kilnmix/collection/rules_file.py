"""A file of rules, read for the tasks of a collection. conf/rules.yaml describes the form.

Every name is held against the vocabulary and the collection's classes: a name that neither has is a mistake, one that
the vocabulary alone has is left out. Nothing that is misspelt is passed over.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast, get_args

from kilnmix.collection.classes import OTHER
from kilnmix.collection.prepared import Task
from kilnmix.collection.rules import Rule, Rules, Span, Strength, Years
from kilnmix.collection.vocabulary import vocabulary
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_yaml
from kilnmix.config import CollectionSettings

FORM = "The head of conf/rules.yaml describes the form."
REMEDY = "collection.rules names it: mend it, or name conf/no-rules.yaml there."
LONG_AGO, NEVER_ENDING = -(10**6), 10**6


def read(settings: CollectionSettings, tasks: Sequence[Task]) -> Rules:
    """The rules of `collection.rules` that can apply to tasks.

    Raises:
        UserError: the file is missing, not of its form, or has a name that nothing else has.
    """
    path = settings.rules
    content = read_yaml(path, REMEDY)
    if not isinstance(content, Mapping) or not isinstance(content.get("rules"), Mapping):
        raise UserError(f"The rules {path} have no entry `rules` with a rule each. {FORM}")
    _no_other_keys(f"The file {path}", content, ("periods", "rules"))
    names = _Names(settings, tasks, vocabulary.load(settings.vocabulary))
    spans = _spans(f"The file {path}", content.get("periods"), names)
    found = [
        _rule(f"The rule {name} in {path}", str(name), entry, spans, names) for name, entry in content["rules"].items()
    ]
    return Rules(tuple(rule for rule in found if rule is not None), sum(rule is None for rule in found))


@dataclass(frozen=True)
class _Names:
    """What the names in a file of rules mean."""

    settings: CollectionSettings
    tasks: Sequence[Task]
    words: Vocabulary

    @cached_property
    def places(self) -> Mapping[str, int]:
        return {task.name: place for place, task in enumerate(self.tasks)}

    @cached_property
    def _finer(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Field -> finer term -> the classes that it counts as."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for name, field in self.words.fields.items():
            own = found.setdefault(name, {})
            for sense in (sense for meant in field.senses.values() for sense in meant if sense.finer):
                own[sense.finer] = own.get(sense.finer, frozenset()) | {sense.id}
        return found

    def check_task(self, where: str, name: str) -> None:
        known = [*self.places, *(field for field in self.words.fields if field not in self.places)]
        if name not in known:
            raise UserError(
                f"{where} names the task {name!r}, which neither the collection nor its vocabulary has."
                f"{_nearest(name, known)} {FORM}"
            )

    def check(self, where: str, task: str, names: Iterable[str]) -> None:
        """
        Raises:
            UserError: a name is neither a class of the collection nor a class or finer term of the vocabulary.
        """
        field = self.words.field(task)
        known = {*field.terms, *self._finer.get(field.name, ())}
        if task in self.places:
            known.update(self.tasks[self.places[task]].classes)
        for name in names:
            if name in known or self._may_have_gone(task):
                continue
            raise UserError(
                f"{where} names {name!r} of {task}, which is neither a class of the collection nor a term of "
                f"{self.settings.vocabulary}.{_nearest(name, sorted(known), field.nearest(field.key(name), 1))}"
            )

    def _may_have_gone(self, task: str) -> bool:
        """Whether the collection may have had classes of its own that the rule for rare ones has taken away."""
        settings = self.settings
        own = self.words.field(task).kind == "open" or task in settings.allow_new or settings.unresolved == "allow"
        return own and settings.split.rare != "train"

    def exactly(self, task: Task, names: Sequence[str]) -> frozenset[int]:
        """The places of the classes that names are."""
        return frozenset(task.index(name) for name in names if name in task.classes)

    def holding(self, task: Task, names: Sequence[str]) -> frozenset[int]:
        """The places of the classes that names are or count as: that of a reign is its dynasty."""
        field = self.words.field(task.name)
        found = set(self.exactly(task, names))
        for name in names:
            if name in task.classes:
                continue
            above = set(self._finer.get(field.name, {}).get(name, ()))
            if task.name in self.settings.broader:
                above |= {top for id_ in (name, *above) for top in field.terms if field.is_kind_of(id_, top)}
            found |= self.exactly(task, sorted(above))
        return frozenset(found)


def _nearest(name: str, known: Sequence[str], meant: Sequence[str] = ()) -> str:
    close = [*difflib.get_close_matches(name, known, n=1), *meant]
    return f" Is it {close[0]}?" if close else ""


def _no_other_keys(where: str, entry: Mapping[Any, Any], known: Sequence[str]) -> None:
    for key in entry:
        if key not in known:
            raise UserError(f"{where} has an entry {key!r}; there may be {', '.join(known)}. {FORM}")


def _spans(where: str, periods: Any, names: _Names) -> Mapping[str, Mapping[str, Span]]:
    """Task -> class or finer term -> its first and last year."""
    sentence = f"{where} has periods that are not all of a first and a last year, in whole numbers"
    if not isinstance(periods or {}, Mapping):
        raise UserError(f"{sentence}. {FORM}")
    found: dict[str, dict[str, Span]] = {}
    for task, own in (periods or {}).items():
        names.check_task(f"{where}, periods,", str(task))
        if not isinstance(own, Mapping):
            raise UserError(f"{sentence}: those of {task}. {FORM}")
        names.check(f"{where}, periods,", str(task), map(str, own))
        for name, span in own.items():
            if not isinstance(span, list) or len(span) != 2 or not all(type(year) is int for year in span):
                raise UserError(f"{sentence}: {task} {name}. {FORM}")
            if span[0] > span[1]:
                raise UserError(f"{where} has a period that ends before it begins: {task} {name}, {span}.")
            found.setdefault(str(task), {})[str(name)] = (span[0], span[1])
    return found


def _rule(where: str, name: str, entry: Any, spans: Mapping[str, Mapping[str, Span]], names: _Names) -> Rule | None:
    """A rule; None where it cannot apply."""
    try:
        strength, source = entry["strength"], entry["source"]
        conditions, consequences = dict(entry["if"]), dict(entry["then"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{where} needs if, then, strength and source. {FORM}") from error
    _no_other_keys(where, entry, ("if", "then", "strength", "source"))
    if strength not in get_args(Strength):
        raise UserError(f"{where} has the strength {strength!r}; write never or seldom.")
    if not isinstance(source, str) or not source.strip():
        raise UserError(f"{where} names no source. Write author, title and year of a publication.")
    for task in (*conditions, *consequences):
        names.check_task(where, str(task))
    given, fitting, years = {}, {}, {}
    for task, wanted in conditions.items():
        listed = _listed(where, task, wanted, names)
        if task in names.places:
            given[names.places[task]] = names.exactly(names.tasks[names.places[task]], listed)
    for task, wanted in consequences.items():
        classes, own = _fitting(where, task, wanted, spans.get(task, {}), names)
        if classes is not None:
            fitting[names.places[task]] = classes
        if own is not None:
            years[names.places[task]] = own
    if len(given) < len(conditions) or not all(given.values()) or not fitting:
        return None
    return Rule(name, given, fitting, cast(Strength, strength), source, years)


def _listed(where: str, task: str, listed: Any, names: _Names) -> list[str]:
    if not isinstance(listed, list) or not listed:
        raise UserError(f"{where}: {task} needs a list of classes. {FORM}")
    found = [str(name) for name in listed]
    names.check(where, task, found)
    return found


def _fitting(
    where: str, name: str, wanted: Any, spans: Mapping[str, Span], names: _Names
) -> tuple[frozenset[int] | None, Years | None]:
    """The classes of a task that go with a rule's condition, and what it says of years.

    The first is None where the collection has nothing of what the rule names: no label could fit, or every label does.
    What few objects are of (`other`) always fits, as a label that is not known.
    """
    form = set(wanted) if isinstance(wanted, Mapping) else set()
    dated = bool(form & {"from", "to"}) and form <= {"from", "to", "also"}
    if not isinstance(wanted, list) and form != {"not"} and not dated:
        raise UserError(f"{where}: {name} needs a list of classes, or from, to and also, or not. {FORM}")
    if dated and not spans:
        raise UserError(f"{where} names years of {name}, whose periods have none. Add periods.{name}.")
    first, last = _years(where, wanted) if dated else (LONG_AGO, NEVER_ENDING)
    listed = [] if dated and "also" not in wanted else _listed(where, name, _names_in(wanted), names)
    if name not in names.places:
        return None, None
    task = names.tasks[names.places[name]]
    every, rest = frozenset(range(len(task.classes))), names.exactly(task, [OTHER])
    if form == {"not"}:
        ruled_out = names.exactly(task, listed)
        return (every - ruled_out if ruled_out else None), None
    fitting = names.holding(task, listed)
    if not dated:
        return (fitting | rest if fitting else None), None
    years = Years(first, last, spans, fitting)
    outside = {place for place, own in enumerate(task.classes) if own in spans and not years.fit(spans[own])}
    return (every - outside) | fitting | rest, years


def _names_in(wanted: Any) -> Any:
    return wanted if isinstance(wanted, list) else wanted.get("not", wanted.get("also"))


def _years(where: str, wanted: Mapping[str, Any]) -> Span:
    first, last = wanted.get("from", LONG_AGO), wanted.get("to", NEVER_ENDING)
    if type(first) is not int or type(last) is not int:
        raise UserError(f"{where}: from and to are years, in whole numbers. {FORM}")
    if first > last:
        raise UserError(f"{where}: from {first} is after to {last}.")
    return first, last
