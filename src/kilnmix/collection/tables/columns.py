"""Which column of a label table says what: by the settings, else by the names that museums and spreadsheets use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kilnmix.collection.tables.table import Table, listed
from kilnmix.collection.vocabulary import reading
from kilnmix.collection.vocabulary.field import Field
from kilnmix.collection.vocabulary.spelling import heading, headings
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from kilnmix.config import Columns

PURPOSES = ("image", "object", "source", "confidence", "title", "caption")
_FULLER = 0.5
"""A column is passed over for one further down the list that says more than twice as much."""
_TRIED = 400
"""Different entries by which a column is judged."""


@dataclass(frozen=True)
class Found:
    """The columns of one table; `tasks` holds only tasks that have one.

    Attributes:
        sure: task -> the column that says whether its label is sure.
        shared: tasks whose column goes by a name that several fields use.
        notes: where two columns could serve, which was taken.
    """

    image: str | None
    object: str | None
    source: str | None
    confidence: str | None
    title: str | None
    tasks: Mapping[str, str]
    sure: Mapping[str, str] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    caption: str | None = None

    def uses(self) -> dict[str, str]:
        """Purpose or task -> column, for a person."""
        special = {purpose: getattr(self, purpose) for purpose in PURPOSES}
        sure = {f"{task}_sure": column for task, column in self.sure.items()}
        return {name: column for name, column in (special | dict(self.tasks) | sure).items() if column}


def known_headings(columns: Columns, tasks: Sequence[str], vocabulary: Vocabulary) -> Callable[[str], bool]:
    """Whether a text is a heading that the settings or the vocabulary name."""
    names = [*tasks, *columns.tasks.values(), *(getattr(columns, purpose) or "" for purpose in PURPOSES)]
    names += [name for purpose in PURPOSES for name in vocabulary.columns.get(purpose, ())]
    names += [name for entry in vocabulary.fields.values() for name in entry.columns]
    keys = {heading(name, vocabulary.characters) for name in names} - {""}
    return lambda text: len(text) <= 60 and any(key in keys for key in headings(text, vocabulary.characters))


def find(table: Table, columns: Columns, tasks: Sequence[str], vocabulary: Vocabulary) -> Found:
    """The columns for the photographs and for each task.

    Raises:
        UserError: the settings name a column for a task that the table does not have.
    """
    names: dict[str, list[str]] = {}
    for name in table.columns:
        for form in headings(name, vocabulary.characters):
            names.setdefault(form, []).append(name)
    finder = _Finder(table, names, vocabulary)
    special = {}
    for purpose in PURPOSES:
        wanted = getattr(columns, purpose)
        listed_ = () if wanted is None else (wanted, *vocabulary.columns.get(purpose, ()))
        special[purpose] = finder.fullest(purpose, listed_)
    found: dict[str, str] = {}
    shared = set()
    for task in tasks:
        if task in columns.tasks:
            found[task] = _told(table, columns.tasks[task], task)
            continue
        taken, several = finder.for_task(task)
        if taken is not None:
            found[task] = taken
        if several:
            shared.add(task)
    sure = {}
    for task, column in found.items():
        named = [
            f"{stem}{end}" for stem in (task, column) for end in ("_sure", " sure", " confidence", "可信度", "是否确定")
        ]
        match = next((names[key][0] for n in named if (key := heading(n, vocabulary.characters)) in names), None)
        if match is not None and match != column:
            sure[task] = match
    return Found(**special, tasks=found, sure=sure, shared=frozenset(shared), notes=tuple(finder.notes))


def _told(table: Table, given: str, task: str) -> str:
    if given not in table.columns:
        raise UserError(
            f"{table.path} has no column {given!r}, which collection.columns.tasks names for the task {task}. "
            f"Its columns are: {listed(table.columns)}."
        )
    return given


def need_image(found: Found, table: Table, columns: Columns) -> str:
    """The image column.

    Raises:
        UserError: there is none.
    """
    if found.image is None:
        raise UserError(
            f"{table.path} has no column {columns.image!r} with the pictures' file names. Its columns are: "
            f"{listed(table.columns)}. Name the right one: `kilnmix compose 'collection.columns.image=HEADING'`."
        )
    return found.image


class _Finder:
    """Looks for the columns of one table."""

    def __init__(self, table: Table, names: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> None:
        self.table = table
        self.names = names
        self.vocabulary = vocabulary
        self.notes: list[str] = []

    def present(self, wanted: Sequence[str]) -> list[str]:
        """Columns that go by one of the names, the likeliest first."""
        keys = [heading(name, self.vocabulary.characters) for name in wanted]
        return list(dict.fromkeys(name for key in keys for name in self.names.get(key, ())))

    def fullest(self, purpose: str, wanted: Sequence[str]) -> str | None:
        return self._first(purpose, self.present(wanted), self._filled)

    def for_task(self, task: str) -> tuple[str | None, bool]:
        """The column of the task's own name or a common name of its field; and whether fields share that name.

        Names that several fields use (分类 may hold shapes or wares) and those that may mean something else (culture)
        count only where most of what stands there is known.
        """
        entry = self.vocabulary.field(task)
        others = {name for other in self.vocabulary.fields.values() if other is not entry for name in other.columns}
        own = self.present([task])
        further = [
            name
            for name in self.present(entry.columns)
            if name not in own
            and (not self._shared(name, others | entry.hints) or known(entry, self.table.column(name)) >= 0.5)
        ]
        taken = self._first(task, [*own, *further], lambda name: self._understood(entry, name))
        return taken, taken is not None and taken not in own and self._shared(taken, others)

    def _shared(self, name: str, others: set[str]) -> bool:
        return any(form in others for form in headings(name, self.vocabulary.characters))

    def _filled(self, name: str) -> float:
        return sum(not self.vocabulary.says_nothing(cell) for cell in self.table.column(name))

    def _understood(self, entry: Field, name: str) -> float:
        filled = self._filled(name)
        return filled if entry.kind == "open" else filled * known(entry, self.table.column(name))

    def _first(self, purpose: str, names: Sequence[str], worth: Callable[[str], float]) -> str | None:
        """The first column, unless one behind it says more than twice as much; hidden ones after all others."""
        if len(names) < 2:
            return names[0] if names else None
        worths = {name: worth(name) for name in names}
        shown = [name for name in names if worths[name] > 0 and name not in self.table.hidden] or list(names)
        enough = _FULLER * max(worths[name] for name in shown)
        taken = next(name for name in shown if worths[name] >= enough)
        others = [name for name in names if name != taken and worths[name] > 0]
        if taken != names[0] or others:
            less = "is hidden" if names[0] in self.table.hidden and worths[names[0]] > 0 else "says less"
            why = f" ({names[0]!r} {less})" if taken != names[0] else ""
            more = f"; {listed(map(repr, others))} could serve too" if others else ""
            self.notes.append(f"{purpose} is taken from {taken!r}{why}{more}")
        return taken


def known(entry: Field, cells: Sequence[str]) -> float:
    """Share of the different entries, missing ones aside, that the vocabulary has for a field."""
    readings = [reading.read(entry, cell) for cell in list(dict.fromkeys(cells))[:_TRIED]]
    said = [found for found in readings if found.how != "missing"]
    return sum(found.resolved or found.how == "doubtful" for found in said) / len(said) if said else 0.0
