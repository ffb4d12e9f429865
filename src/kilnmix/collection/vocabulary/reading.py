"""How text is read: a cell of a field's column, a work's title, and both together. Doubt is never taken for sureness.

period   every dynasty, reign and date named must agree on one class
maker    the kiln named, but not one that is imitated
form     the last noun: Chinese titles end in the vessel, English ones name it before `with`, `in`, `of`
surface  of all glazes and techniques named, the one in the highest layer: enamels above underglaze above colour
open     a task without a field: every text is a class, unless it lists several
"""

from __future__ import annotations

import re

from kilnmix.collection.vocabulary import context, doubt, form, maker, period, surface
from kilnmix.collection.vocabulary.field import Field, Reading, ambiguous
from kilnmix.collection.vocabulary.spelling import coded, slug

_READERS = {"period": period.read, "maker": maker.read, "form": form.read, "surface": surface.read}
_LIST = re.compile(r"\s*[;；|｜\n]\s*")


_UNSURE = r"possibly|probably|perhaps|maybe|presumably|可能[是为]?|疑[似为]|也许[是为]?|或许[是为]?|待定|待考|存疑"
_OWN_DOUBT = re.compile(
    rf"(?:{_UNSURE})(?:(?<=[a-z])\s*[:,]?\s+|(?<![a-z])\s*)(?P<after>.*\w.*)"
    rf"|(?P<before>.*\w.*?)\s*[(（,，]\s*(?:{_UNSURE})\s*[)）]?",
    re.IGNORECASE | re.DOTALL,
)
"""A term that no vocabulary names, with a word of doubt before it or in brackets behind it."""


def read(field: Field, text: str) -> Reading:
    """What a cell of this field's column means."""
    compared = field.key(text)
    if not compared or compared in field.missing or (field.kind != "open" and not re.search(r"\w", compared)):
        return Reading("", "missing")
    if field.kind == "open":
        return _open(text, compared)
    if text.strip() in field.terms:
        return Reading(text.strip(), "exact", layer=field.terms[text.strip()].layer)
    for spellings in (field.senses, field.latin):
        senses = spellings.get(compared) or spellings.get(compared.removesuffix("s"), frozenset())
        if len({sense.id for sense in senses}) == 1:
            return field.reading(senses, "exact")
    found = (_listed(field, text) if field.kind == "form" else None) or _READERS[field.kind](field, text)
    if found is not None:
        return found
    if doubt.says_nothing(compared):
        return Reading("", "missing")
    return Reading("", "unknown", candidates=field.nearest(compared))


def _listed(field: Field, text: str) -> Reading | None:
    """Several things in one cell (`bowl; cup`): left open, unless one is a kind of the others."""
    parts = [part for part in _LIST.split(text.strip()) if part]
    found = [form.read(field, part) for part in parts] if len(parts) > 1 else []
    known = {part.id: part for part in found if part is not None and part.resolved}
    narrow = [id_ for id_ in known if not any(other != id_ and field.is_kind_of(other, id_) for other in known)]
    return ambiguous(narrow) if len(narrow) > 1 else None


def _open(text: str, compared: str) -> Reading:
    parts = [part for part in _LIST.split(text.strip()) if part]
    if len(parts) > 1:
        return ambiguous(slug(part) for part in parts)
    if re.fullmatch(r".*\(?\?\)?", compared) and compared.rstrip("?() "):
        return Reading("", "doubtful", candidates=(slug(re.sub(r"[\s(（]*[?？][)）\s]*$", "", text)),))
    if doubted := _OWN_DOUBT.fullmatch(text.strip()):
        return Reading("", "doubtful", candidates=(slug(doubted["after"] or doubted["before"]),))
    return Reading(slug(text) or coded(compared), "exact")


def read_title(field: Field, text: str) -> Reading:
    """What a work's title says about this field; titles that say nothing for sure are `missing`."""
    if field.kind == "open" or not text.strip():
        return Reading("", "missing")
    if field.kind == "period":
        found = period.read_title(field, text)
    elif field.kind == "maker":
        found = maker.read(field, text, signed=True)
    else:
        found = _READERS[field.kind](field, text)
    if found is None or not found.resolved:
        return Reading("", "missing")
    return Reading(found.id, "title", found.finer, layer=found.layer)


def read_both(field: Field, cell: str, title: str, shared: bool = False, around: str = "") -> Reading:
    """What a cell and the title of the same work say together.

    The cell decides, unless it says nothing that is known, or the title names a kind of what the cell names. A cell
    from a column that several fields share (分类) is no more than a hint: of surfaces the higher layer counts. A cell
    that doubts is not overruled by a title.

    Args:
        around: the row's other cells, for the vocabulary's `context`; a column of the field's own is not gainsaid.
    """
    found = _both(field, cell, title, shared)
    own_word = found.how == "doubtful" or (found.resolved and found.how != "title" and not shared)
    return found if own_word or not field.contexts else context.in_context(field, around, found)


def _both(field: Field, cell: str, title: str, shared: bool) -> Reading:
    found = read(field, cell)
    if not field.titles or not title or (found.how == "doubtful" and not shared):
        return found
    other = read_title(field, title)
    if not other.resolved:
        return found
    if not found.resolved or (field.kind == "surface" and not found.layer):
        return other
    if shared and field.kind == "surface":
        return other if other.layer >= found.layer else found
    return other if field.is_kind_of(other.id, found.id) else found
