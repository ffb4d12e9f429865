"""The vocabulary: what people write in label tables -> the ids of this project.

`conf/vocabulary.yaml` says which classes a field has and how they are spelled; its head describes the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kilnmix.collection.vocabulary.field import Context, Field, Sense, Term
from kilnmix.collection.vocabulary.spelling import any_word, heading, key, pinyin, plain
from kilnmix.common.errors import UserError
from kilnmix.common.readers import read_yaml


@dataclass(frozen=True)
class Vocabulary:
    """All fields; a task that no field is for gets an open one, whose terms are all classes as they stand."""

    fields: Mapping[str, Field]
    missing: frozenset[str]
    characters: Mapping[int, str]
    columns: Mapping[str, tuple[str, ...]]
    """What a column that is no task is for (image, object, source, confidence, title) -> names that it goes by."""

    def says_nothing(self, text: str) -> bool:
        """Whether a cell is empty, a word for `not known`, or holds neither letter nor digit (`--`, `/`, `？`)."""
        compared = key(plain(text, self.characters))
        return compared in self.missing or not any(map(str.isalnum, compared))

    def field(self, task: str) -> Field:
        """The field of a task, by its name or by one of its columns' names."""
        name = heading(task, self.characters)
        for field in self.fields.values():
            if name == heading(field.name, self.characters) or name in field.columns:
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
    content = read_yaml(path, "It is the vocabulary: mend it, or take it back from git.")
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


# Over sixty lines: a field's entries are read and checked in the order of the file.
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
            id=id_,
            words=words,
            broader=given.get("broader", ""),
            layer=layer,
            years=years,
            aat=given.get("aat"),
            native=next(iter(given.get("zh", ())), ""),
            regional=bool(given.get("regional")),
        )
        finer = given.get("finer", {})
        for finer_id, spellings in finer.items():
            spell(spellings, Sense(id_, finer_id))
            if compared(finer_id) not in senses:
                spell({"bare": [finer_id]}, Sense(id_, finer_id))
        spell(given, Sense(id_))
        if compared(id_) not in senses:
            spell({"bare": [id_]}, Sense(id_))
    _check_broader(name, terms)
    if entry["kind"] == "maker":
        _add_places(senses, bare)
    for spelling, meant in senses.items():  # a finer term says more than its class under the same spelling
        senses[spelling] = {s for s in meant if s.finer or not any(t.finer and t.id == s.id for t in meant)}
    return Field(
        name=name,
        kind=entry["kind"],
        terms=terms,
        senses={spelling: frozenset(meant) for spelling, meant in senses.items()},
        latin={spelling: frozenset(meant) for spelling, meant in latin.items() if spelling not in senses},
        missing=missing | {compared(text) for text in entry.get("silent", ())},
        columns=tuple(dict.fromkeys(heading(str(column), characters) for column in [name, *entry.get("columns", ())])),
        titles=bool(entry.get("titles")),
        hints=frozenset(heading(str(column), characters) for column in entry.get("hints", ())),
        characters=characters,
        trailing=tuple(sorted((compared(t) for t in entry.get("trailing", ())), key=len, reverse=True)),
        imitation=tuple(compared(t) for t in entry.get("imitation", ())),
        bare=frozenset(bare),
        contexts=tuple(_contexts(entry.get("context", ()), compared)),
        homographs=any_word([compared(word) for word in entry.get("homographs", ())]),
        elsewhere=any_word([compared(word) for word in entry.get("elsewhere", ())]),
    )


def _check_broader(field: str, terms: Mapping[str, Term]) -> None:
    """
    Raises:
        ValueError: a term's broader ones lead nowhere, or back to it.
    """
    for id_ in terms:
        above = [id_]
        while broader := terms[above[-1]].broader:
            if broader not in terms:
                raise ValueError(f"of {field}: {above[-1]} is a kind of {broader!r}, which is no class")
            if broader in above:
                raise ValueError(f"of {field}: {' is a kind of '.join([*above, broader])}")
            above.append(broader)


def _contexts(entries: Iterable[Mapping[str, Any]], compared: Any) -> Iterable[Context]:
    for entry in entries:
        of = entry["class"] if isinstance(entry["class"], list) else [entry["class"]]
        for id_ in of:
            yield Context("" if id_ == "none" else id_, tuple(compared(w) for w in entry["with"]), entry["is"])


def _add_places(senses: dict[str, set[Sense]], bare: set[str]) -> None:
    """A kiln's name without 窑 is the kiln too, where it names no other; short ones only as a whole cell."""
    for spelling, meant in list(senses.items()):
        place = spelling.removesuffix("窑")
        if place == spelling or len(place) < 2:
            continue
        if place not in senses or place in bare:
            senses.setdefault(place, set()).update(meant)
            if len(place) < 3:
                bare.add(place)
