"""What the vocabulary knows of one kind of label: terms, spellings, columns. How text is read by it is in `reading`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from kilnmix.collection.vocabulary.spelling import has_han, key, pinyin, plain

Kind = Literal["period", "maker", "form", "surface", "open"]
How = Literal["exact", "within", "title", "new", "unsure", "missing", "ambiguous", "doubtful", "unknown"]
RESOLVED = ("exact", "within", "title", "new", "unsure")


@dataclass(frozen=True)
class Sense:
    """What a spelling means: a class, the finer term if it names one, and whether it says so only in general."""

    id: str
    finer: str = ""
    generic: bool = False


@dataclass(frozen=True)
class Reading:
    """What a piece of text was taken to mean.

    Attributes:
        id: the class, empty where none was found.
        finer: the finer term that the text names (northern-song), or empty.
        how: `exact`, `within` a longer text, from a `title`, `new` (allowed though unknown), `unsure` (a doubtful class
            that is kept), or why not: `missing`, `ambiguous`, `doubtful`, `unknown`.
        candidates: for ambiguous, doubtful and unknown text, the ids that it may mean or that come nearest.
        layer: of a surface, how much what the text says outranks other text; 0: it says so only in general.
    """

    id: str
    how: How
    finer: str = ""
    candidates: tuple[str, ...] = ()
    layer: int = 0

    @property
    def resolved(self) -> bool:
        return self.how in RESOLVED


@dataclass(frozen=True)
class Term:
    """One class of a field."""

    id: str
    words: str
    broader: str = ""
    layer: int = 0
    years: tuple[int, int] | None = None
    aat: int | None = None
    native: str = ""
    """The first Chinese spelling, simplified."""
    regional: bool = False
    """A period beside another one: a bare year means the other."""


@dataclass(frozen=True)
class Context:
    """With one of `words` in the text, what seems to be class `of` (empty: nothing known) is really `id`."""

    of: str
    words: tuple[str, ...]
    id: str


@dataclass(frozen=True)
class Field:
    """The terms of one kind of label.

    Attributes:
        terms: class id -> term, in the vocabulary's order.
        senses: compared spelling (`text.key`) -> what it can mean.
        latin: the same for pinyin made from the Chinese spellings, tried after `senses`.
        columns: names of the columns that hold this label, as `spelling.heading` gives them.
    """

    name: str
    kind: Kind
    terms: Mapping[str, Term]
    senses: Mapping[str, frozenset[Sense]]
    latin: Mapping[str, frozenset[Sense]]
    missing: frozenset[str]
    """Compared entries that say nothing on this label."""
    columns: tuple[str, ...]
    titles: bool
    characters: Mapping[int, str]
    hints: frozenset[str] = frozenset()
    """Those of `columns` that count only where most of what stands there is known."""
    trailing: tuple[str, ...] = ()
    imitation: tuple[str, ...] = ()
    bare: frozenset[str] = frozenset()
    contexts: tuple[Context, ...] = ()
    elsewhere: re.Pattern[str] = re.compile(r"(?!)")
    """Words of other countries, beside which a date names no period of this field."""
    homographs: re.Pattern[str] = re.compile(r"(?!)")
    """Words that hold a name of one character without naming it: the 明 of 不明, the 辽 of 辽宁."""

    def key(self, text: str) -> str:
        return key(plain(text, self.characters))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All spellings but the bare ones, longest first; Latin ones only as whole words, with or without a plural."""
        spellings = sorted(set(self.senses) - self.bare, key=lambda spelling: (-len(spelling), spelling))
        han = [re.escape(s) for s in spellings if has_han(s)]
        words = [re.escape(s) for s in spellings if not has_han(s)]
        parts = ["|".join(han)] if han else []
        if words:
            parts.append(r"(?<![a-z0-9])(?:" + "|".join(words) + r")(?:e?s)?(?![a-z0-9])")
        return re.compile("|".join(parts) or r"(?!)")

    def sense_of(self, spelling: str) -> frozenset[Sense]:
        """What a spelling that `pattern` found can mean."""
        for candidate in (spelling, spelling.removesuffix("s"), spelling.removesuffix("es")):
            if candidate in self.senses:
                return self.senses[candidate]
        return frozenset()

    def is_kind_of(self, id_: str, broader: str) -> bool:
        while id_ in self.terms and self.terms[id_].broader:
            id_ = self.terms[id_].broader
            if id_ == broader:
                return True
        return False

    def reading(self, senses: Iterable[Sense], how: How) -> Reading:
        """The one class of senses that agree on it, with the finer term if they agree on that too."""
        senses = list(senses)
        id_, finer = senses[0].id, {sense.finer for sense in senses}
        layer = 0 if all(sense.generic for sense in senses) else self.terms[id_].layer
        return Reading(id_, how, finer.pop() if len(finer) == 1 else "", layer=layer)

    def nearest(self, compared: str, most: int = 3) -> tuple[str, ...]:
        """Ids whose spellings sound like a text or look most like it, best first."""
        sounds = [self.latin.get(pinyin(compared), frozenset())] if has_han(compared) else []
        pool = [*self.senses, *(() if has_han(compared) else self.latin)]
        close = difflib.get_close_matches(compared, pool, n=3 * most, cutoff=0.5)
        found = [*sounds, *(self.senses.get(spelling) or self.latin[spelling] for spelling in close)]
        return tuple(dict.fromkeys(sense.id for senses in found for sense in sorted(senses, key=str)))[:most]

    def words(self, id_: str) -> str:
        """The English words of a class for a caption; for a class of the user's own, its id in words."""
        return self.terms[id_].words if id_ in self.terms else id_.replace("-", " ")

    def order(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Class ids in the vocabulary's order, those that it lacks after them by name."""
        place = {id_: number for number, id_ in enumerate(self.terms)}
        return tuple(sorted(set(ids), key=lambda id_: (place.get(id_, len(place)), id_)))


@dataclass(frozen=True)
class Match:
    """A spelling found in a text, where, and what it can mean."""

    start: int
    end: int
    spelling: str
    senses: frozenset[Sense]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(sense.id for sense in self.senses)


def matches(field: Field, text: str) -> list[Match]:
    """Spellings in `spaced` text, longest first, not overlapping."""
    found = []
    for match in field.pattern.finditer(text):
        senses = field.sense_of(match.group())
        if senses:
            found.append(Match(match.start(), match.end(), match.group(), senses))
    return found


def single(field: Field, found: Sequence[Match]) -> Reading:
    """The one class of matches that agree, with the last finer term that they name."""
    senses = [sense for match in found for sense in match.senses]
    finer = [sense.finer for sense in senses if sense.finer]
    return replace(field.reading(senses, "within"), finer=finer[-1] if finer else "")


def ambiguous(ids: Iterable[str]) -> Reading:
    """A text that names several classes."""
    return Reading("", "ambiguous", candidates=tuple(dict.fromkeys(ids)))


def doubtful(ids: Iterable[str], finer: str = "") -> Reading:
    """A text that is not sure of what it names, or says only what the thing is not."""
    return Reading("", "doubtful", finer, candidates=tuple(dict.fromkeys(ids)))
