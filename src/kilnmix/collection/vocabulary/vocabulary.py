"""The vocabulary: what people write in label tables -> the ids of this project.

`conf/vocabulary.yaml` says which classes a field has and how they are spelled; its head describes the form.
`Field.read` takes one cell or title to a `Reading`. How text longer than a spelling is read is in `reading.py`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from kilnmix.collection.vocabulary.spelling import any_word, has_han, key, pinyin, plain, slug
from kilnmix.common.errors import UserError

Kind = Literal["period", "maker", "form", "surface", "open"]
How = Literal["exact", "within", "title", "new", "missing", "ambiguous", "unknown"]
RESOLVED = ("exact", "within", "title", "new")


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
        how: `exact`, `within` a longer text, from a `title`, `new` (allowed though unknown), or why not.
        candidates: for ambiguous and unknown text, the ids that come nearest.
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
        columns: compared names of the columns that hold this label.
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
    trailing: tuple[str, ...] = ()
    imitation: tuple[str, ...] = ()
    bare: frozenset[str] = frozenset()
    contexts: tuple[Context, ...] = ()
    elsewhere: re.Pattern[str] = re.compile(r"(?!)")
    """Words of other countries, beside which a date names no period of this field."""

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

    def read(self, text: str) -> Reading:
        """What a cell of this field's column means."""
        compared = self.key(text)
        if not compared or compared in self.missing or not re.search(r"\w", compared):
            return Reading("", "missing")
        if self.kind == "open":
            return Reading(slug(text) or compared, "exact")
        if text.strip() in self.terms:
            return Reading(text.strip(), "exact", layer=self.terms[text.strip()].layer)
        for spellings in (self.senses, self.latin):
            senses = spellings.get(compared) or spellings.get(compared.removesuffix("s"), frozenset())
            if len({sense.id for sense in senses}) == 1:
                return self.reading(senses, "exact")
        from kilnmix.collection.vocabulary import reading

        found = reading.within(self, text)
        if found is not None:
            return found
        return Reading("", "unknown", candidates=self.nearest(compared))

    def read_title(self, text: str) -> Reading:
        """What a work's title says about this field; titles that say nothing are `missing`."""
        from kilnmix.collection.vocabulary import reading

        if self.kind == "open" or not text.strip():
            return Reading("", "missing")
        found = reading.title(self, text)
        if found is None or not found.resolved:
            return Reading("", "missing")
        return Reading(found.id, "title", found.finer, layer=found.layer)

    def read_both(self, cell: str, title: str, shared: bool = False, around: str = "") -> Reading:
        """What a cell and the title of the same work say together.

        The cell decides, unless it says nothing that is known, or the title names a kind of what the cell names. A cell
        from a column that several fields share (分类) is no more than a hint: of surfaces the higher layer counts.

        Args:
            around: the row's other cells, for the vocabulary's `context`; a column of the field's own is not gainsaid.
        """
        from kilnmix.collection.vocabulary import reading as rules

        found = self._both(cell, title, shared)
        own_word = found.resolved and found.how != "title" and not shared
        return found if own_word or not self.contexts else rules.in_context(self, around, found)

    def _both(self, cell: str, title: str, shared: bool) -> Reading:
        reading = self.read(cell)
        if not self.titles or not title:
            return reading
        other = self.read_title(title)
        if not other.resolved:
            return reading
        if not reading.resolved or (self.kind == "surface" and not reading.layer):
            return other
        if shared and self.kind == "surface":
            return other if other.layer >= reading.layer else reading
        return other if self.is_kind_of(other.id, reading.id) else reading

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
class Vocabulary:
    """All fields; a task that no field is for gets an open one, whose terms are all classes as they stand."""

    fields: Mapping[str, Field]
    missing: frozenset[str]
    characters: Mapping[int, str]
    columns: Mapping[str, tuple[str, ...]]
    """What a column that is no task is for (image, object, source, confidence, title) -> names that it goes by."""

    def field(self, task: str) -> Field:
        """The field of a task, by its name or by one of its columns' names."""
        name = key(plain(task, self.characters))
        for field in self.fields.values():
            if name == field.name or name in field.columns:
                return field
        return Field(task, "open", {}, {}, {}, self.missing, (name,), False, self.characters)


def load(path: Path) -> Vocabulary:
    """The vocabulary in a YAML file; read once as long as the file stays the same.

    Raises:
        UserError: there is none, or it does not have the form that its head describes.
    """
    try:
        stamp = path.stat()
    except OSError as error:
        raise UserError(f"There is no vocabulary {path}. Set collection.vocabulary to the file.") from error
    return _load(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=4)
def _load(path: Path, changed: int, size: int) -> Vocabulary:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # a safe loader either way
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise UserError(f"The vocabulary {path} is not valid YAML: {error}") from error
    try:
        characters = content["characters"]
        columns_of_pairs = ("".join(characters[form].split()) for form in ("traditional", "simplified"))
        pairs = zip(*columns_of_pairs, strict=True)
        table = {ord(traditional): simplified for traditional, simplified in pairs}
        missing = frozenset(key(plain(str(word), table)) for word in content["missing"])
        columns = {purpose: tuple(names) for purpose, names in content["columns"].items()}
        fields = {name: _field(name, entry, table, missing) for name, entry in content["fields"].items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UserError(
            f"The vocabulary {path} does not have the form that its head describes: {type(error).__name__} {error}."
        ) from error
    return Vocabulary(fields, missing, table, columns)


def _field(name: str, entry: Mapping[str, Any], characters: Mapping[int, str], missing: frozenset[str]) -> Field:
    layers = {layer: number for number, layer in enumerate(entry.get("layers", ()))}
    terms: dict[str, Term] = {}
    senses: dict[str, set[Sense]] = {}
    latin: dict[str, set[Sense]] = {}
    bare: set[str] = set()

    def compared(text: str) -> str:
        return key(plain(str(text), characters))

    def spell(spellings: Mapping[str, Any], sense: Sense) -> None:
        for text in [*spellings.get("zh", ()), *spellings.get("en", ())]:
            senses.setdefault(compared(text), set()).add(sense)
        for text in spellings.get("generic", ()):
            senses.setdefault(compared(text), set()).add(Sense(sense.id, sense.finer, True))
        for text in spellings.get("zh", ()):
            if len(str(text)) == 1 and entry["kind"] in ("maker", "surface"):
                bare.add(compared(text))
            syllables = pinyin(text)
            spellings_ = {
                form for said in (syllables, syllables.replace("v", "u")) for form in (said, said.replace(" ", ""))
            }
            for spelling in map(compared, spellings_):
                latin.setdefault(spelling, set()).add(sense)
        for text in spellings.get("bare", ()):
            senses.setdefault(compared(text), set()).add(sense)
            bare.add(compared(text))

    for id_, given in entry["classes"].items():
        given = given if isinstance(given, dict) else {"zh": given or []}
        words = given.get("words") or (id_.replace("-", " ").title() if entry.get("capital") else id_)
        layer = layers[given["layer"]] if layers else 0
        years = tuple(given["years"]) if "years" in given else None
        terms[id_] = Term(
            id_, words, given.get("broader", ""), layer, years, given.get("aat"), next(iter(given.get("zh", ())), "")
        )
        finer = given.get("finer", {})
        for finer_id, spellings in finer.items():
            spell(spellings, Sense(id_, finer_id))
            if compared(finer_id) not in senses:
                spell({"bare": [finer_id]}, Sense(id_, finer_id))
        spell(given, Sense(id_))
        if compared(id_) not in senses:
            spell({"bare": [id_]}, Sense(id_))
    if entry["kind"] == "maker":
        from kilnmix.collection.vocabulary import reading

        reading.add_places(senses, bare)
    for spelling, meant in senses.items():  # a finer term says more than its class under the same spelling
        senses[spelling] = {s for s in meant if s.finer or not any(t.finer and t.id == s.id for t in meant)}
    return Field(
        name=name,
        kind=entry["kind"],
        terms=terms,
        senses={spelling: frozenset(meant) for spelling, meant in senses.items()},
        latin={spelling: frozenset(meant) for spelling, meant in latin.items() if spelling not in senses},
        missing=missing | {compared(text) for text in entry.get("silent", ())},
        columns=tuple(dict.fromkeys([compared(column) for column in [name, *entry.get("columns", ())]])),
        titles=bool(entry.get("titles")),
        characters=characters,
        trailing=tuple(sorted((compared(t) for t in entry.get("trailing", ())), key=len, reverse=True)),
        imitation=tuple(compared(t) for t in entry.get("imitation", ())),
        bare=frozenset(bare),
        contexts=tuple(_contexts(entry.get("context", ()), compared)),
        elsewhere=any_word([compared(word) for word in entry.get("elsewhere", ())]),
    )


def _contexts(entries: Iterable[Mapping[str, Any]], compared: Any) -> Iterable[Context]:
    for entry in entries:
        of = entry["class"] if isinstance(entry["class"], list) else [entry["class"]]
        for id_ in of:
            yield Context("" if id_ == "none" else id_, tuple(compared(w) for w in entry["with"]), entry["is"])
