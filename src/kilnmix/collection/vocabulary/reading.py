"""How text that is longer than a spelling is read, for each kind of field.

period   every dynasty, reign and date named must agree on one class
maker    the kiln named, but not one that is imitated
form     the last noun: Chinese titles end in the vessel, English ones name it before `with`, `in`, `of`
surface  of all glazes and techniques named, the one in the highest layer: enamels above underglaze above colour
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kilnmix.collection.vocabulary.dates import years
from kilnmix.collection.vocabulary.spelling import HAN, has_han, plain, spaced
from kilnmix.collection.vocabulary.vocabulary import Field, Reading, Sense

_ERA_WORDS = re.compile(r"公元|西元|纪元|元年|元月|年间")
_PROVINCE = re.compile(
    "^(?:河北|河南|山西|山东|陕西|浙江|江西|江苏|福建|广东|广西|湖南|湖北|安徽|四川|重庆|甘肃|宁夏|辽宁|内蒙古|云南)省?"
)
"""Before a place of kilns, as in 四川邛崃."""
_BRACKETS = re.compile(r"[(（\[【〔{][^)）\]】〕}]*[)）\]】〕}]")
_IN_BRACKETS = re.compile(r"\(([^)]*)\)")
_QUOTES = re.compile(r"[\"'“”‘’「」『』《》〈〉]")
_PAINTED = tuple("青黑白褐剔刻划印贴绘")
_TOKENS = re.compile(r"[\s,，.。·・;；:：|]+")
_SEVERAL = re.compile(r"[、及与和暨连]|\s(?:and|with)\s")
_QUALIFIERS = re.compile(
    r"[,;(]|\b(?:with|in|of|for|from|decorated|depicting|showing|shaped|painted|and|by|on|after|made)\b"
)
_SHAPED = re.compile(r"\b\w+ shaped (?!as\b|like\b|in\b|with\b)")
_VAGUE = re.compile(r"\bor (?:later|earlier|after|before)\b|或(?:更)?[晚早]|(?:以|之)[后前]\s*$")
"""What leaves open on which side of a period a thing lies."""
OFF = 100
"""Years by which a date may miss the period named beside it."""


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


def within(field: Field, text: str) -> Reading | None:
    """What a cell says that is longer than any spelling; none if it says nothing that is known."""
    reader = {"period": _period, "maker": _maker, "form": _form, "surface": _surface}[field.kind]
    return reader(field, spaced(plain(text, field.characters)))


def title(field: Field, text: str) -> Reading | None:
    """What a work's title says; stricter than `within` where short words have other meanings in titles."""
    compared = spaced(plain(text, field.characters))
    if field.kind == "period":
        return _period_in_title(field, compared)
    if field.kind == "maker":
        return _maker(field, compared, signed=True)
    return _form(field, compared) if field.kind == "form" else _surface(field, compared)


def _single(field: Field, found: Sequence[Match]) -> Reading:
    """The one class of matches that agree, with the last finer term that they name."""
    senses = [sense for match in found for sense in match.senses]
    finer = [sense.finer for sense in senses if sense.finer]
    return replace(field.reading(senses, "within"), finer=finer[-1] if finer else "")


def _ambiguous(ids: Iterable[str]) -> Reading:
    return Reading("", "ambiguous", candidates=tuple(dict.fromkeys(ids)))


# Periods


def _period(field: Field, text: str) -> Reading | None:
    text = _ERA_WORDS.sub("", text)
    if _VAGUE.search(text):
        return None
    elsewhere = [match.span() for match in field.elsewhere.finditer(text)]
    named = [m for m in matches(field, text) if not any(a <= m.start < b for a, b in elsewhere)]
    copied = [m for m in named if _is_copied(text, m)]
    found = [m for m in named if m not in copied and not _is_mark(text, m)]
    if not found and (copied or elsewhere):
        return None
    if not found:
        if named and len(frozenset.union(*(m.ids for m in named))) == 1:
            return _single(field, named)
        return _by_years(field, text, field.terms)
    common = frozenset.intersection(*(match.ids for match in found))
    if len(common) == 1:
        (id_,) = common
        if _gainsaid(field, id_, text):
            return _ambiguous([id_])
        agreed = [replace(match, senses=frozenset(s for s in match.senses if s.id == id_)) for match in found]
        return _single(field, agreed)
    if len(common) > 1:
        exact = _by_years(field, text, sorted(common))
        return exact or _by_years(field, text, sorted(common), 0.0) or _ambiguous(sorted(common))
    return _ambiguous(id_ for match in found for id_ in sorted(match.ids))


def _is_copied(text: str, match: Match) -> bool:
    """Whether a period is only the manner of the thing: 仿宋, Song style, in the style of the Song."""
    before = text[: match.start].rstrip()
    if before.endswith(("仿", "style of", "style of the", "manner of", "manner of the", "imitation of")):
        return True
    return bool(re.match(r"(?: dynasty| period)? (?:style|revival)\b", text[match.end :]))


def _gainsaid(field: Field, id_: str, text: str) -> bool:
    """Whether a span or a century in the text lies more than a hundred years off the period that it names."""
    span, limits = years(text), field.terms[id_].years
    if span is None or limits is None or limits[0] < -1000:
        return False
    return span[0] != span[1] and (span[0] > limits[1] + OFF or span[1] < limits[0] - OFF)


def _is_mark(text: str, match: Match) -> bool:
    """A reign's mark, which later potters copied, says nothing on the period unless the text says so."""
    after = text[match.end :]
    return after.startswith("款") or bool(re.match(r" (?:reign )?marks?(?! and (?:of the )?period)\b", after))


def _by_years(field: Field, text: str, ids: Iterable[str], least: float = 0.8) -> Reading | None:
    """The one class that holds more than a share of the years named."""
    span = years(text)
    if span is None:
        return None
    low, high = span
    fitting = []
    for id_ in ids:
        limits = field.terms[id_].years
        if limits:
            shared = min(high, limits[1]) - max(low, limits[0]) + 1
            if shared > least * (high - low + 1):
                fitting.append(id_)
            if (low, high) == limits or (low, high) == (limits[0], limits[1] + 1):  # its own dates, as often written
                return Reading(id_, "within")
    if len(fitting) == 1:
        return Reading(fitting[0], "within")
    return _ambiguous(fitting) if fitting else None


def _period_in_title(field: Field, text: str) -> Reading | None:
    """Periods that stand apart or open the title: `明宣德 青花盘`, not the 唐 of 唐草纹."""
    named = matches(field, text)
    starts = {match.start for match in named}
    place, found = 0, []
    for match in named:
        apart = match.start == place or not HAN.match(text[match.start - 1])
        ends = match.end == len(text) or match.end in starts or not HAN.match(text[match.end])
        if apart and (ends or len(match.spelling) > 1) and not _is_mark(text, match):
            found.append(match)
            place = match.end
    common = frozenset.intersection(*(match.ids for match in found)) if found else frozenset()
    return _single(field, found) if len(common) == 1 else None


# Makers


def _maker(field: Field, text: str, signed: bool = False) -> Reading | None:
    """The kiln that is named and not imitated; with `signed`, only where the text calls it a kiln or a ware."""
    kept = []
    for match in matches(field, text):
        before, after = text[: match.start].rstrip(), text[match.end :]
        if any(before.endswith(word) for word in field.imitation):
            continue
        called = match.spelling.endswith(("窑", "文化")) or re.match(r"窑| (?:ware|kiln|type|yao)", after)
        if signed and not (called or (not has_han(match.spelling) and len(match.spelling) > 6)):
            continue
        kept.append(match)
    if not kept:
        place = _PROVINCE.sub("", text)
        senses = field.senses.get(place, frozenset()) if not signed and place != text else frozenset()
        return _single(field, [Match(0, 0, place, senses)]) if len({sense.id for sense in senses}) == 1 else None
    ids = list(dict.fromkeys(id_ for match in kept for id_ in sorted(match.ids)))
    return _single(field, kept) if len(ids) == 1 else _ambiguous(ids)


def add_places(senses: dict[str, set[Sense]], bare: set[str]) -> None:
    """A kiln's name without 窑 is the kiln too, where it names no other; short ones only as a whole cell."""
    for spelling, meant in list(senses.items()):
        place = spelling.removesuffix("窑")
        if place == spelling or len(place) < 2:
            continue
        if place not in senses or place in bare:
            senses.setdefault(place, set()).update(meant)
            if len(place) < 3:
                bare.add(place)


# Forms


def _form(field: Field, text: str) -> Reading | None:
    found = _chinese_form(field, text) if has_han(text) else _english_form(field, text)
    if found is None:
        return None
    return in_context(field, text, found)


def _chinese_form(field: Field, text: str) -> Reading | None:
    bare = _QUOTES.sub("", _BRACKETS.sub(" ", text))
    tokens = [token for token in _TOKENS.split(bare) if has_han(token)]
    for token in reversed(tokens):
        spelling = _first_of_several(field, token) or _ending(field, token)
        if spelling:
            return _told(field, spelling)
    for token in reversed(tokens):
        spelling = _inside(field, token)
        if spelling:
            return _told(field, spelling)
    return None


def _first_of_several(field: Field, text: str) -> str:
    """The first vessel of `花盆、盆托` or `盂及支座`, where little more than a vessel's name follows the sign."""
    parts = [part for part in _SEVERAL.split(text) if part]
    if len(parts) < 2:
        return ""
    last = _ending(field, parts[-1])
    first = next((named for part in parts[:-1] if (named := _ending(field, part))), "")  # 和 may stand in a mark
    return first if first and last and len(parts[-1]) - len(last) <= 1 else ""


def _ending(field: Field, text: str) -> str:
    """The longest spelling that a text ends in, after what trails it (`连盖`, `一对`) is taken off."""
    for _ in range(3):
        for start in range(len(text)):
            if text[start:] in field.senses and not _belongs_before(field, text, start):
                return text[start:]
        trail = next((t for t in field.trailing if text.endswith(t) and len(text) > len(t)), None)
        if trail is None:
            return ""
        text = text.removesuffix(trail)
    return ""


def _belongs_before(field: Field, text: str, start: int) -> bool:
    """Whether the 花 that a spelling begins with is the end of 青花, 黑花, 剔花: 青花盆 is a basin, no flowerpot."""
    return text[start] == "花" and text[max(0, start - 1) : start] in _PAINTED and text[start + 1 :] in field.senses


def _inside(field: Field, text: str) -> str:
    """The last spelling of two characters or more that is not the name of an ornament or a shape."""
    for match in reversed(matches(field, text)):
        follows = text[match.end : match.end + 1]
        if len(match.spelling) > 1 and follows not in tuple("纹图式形样款钮纽"):
            return match.spelling
    return ""


def _told(field: Field, spelling: str) -> Reading:
    senses = field.senses[spelling]
    ids = sorted({sense.id for sense in senses})
    if len(ids) > 1:
        return _ambiguous(ids)
    return _single(field, [Match(0, 0, spelling, senses)])


def _english_form(field: Field, text: str) -> Reading | None:
    """The last vessel named before the first qualifier; else the first one named at all."""
    found = [match for match in matches(field, text) if "shaped" in match.spelling]
    if not found:
        text = _SHAPED.sub("", text)  # a bowl-shaped censer is a censer
    head = _QUALIFIERS.split(text, maxsplit=1)[0]
    found = matches(field, head)
    if found:
        return _told_match(field, _kind_in_brackets(field, text, found[-1]) or found[-1])
    found = matches(field, text)
    return _told_match(field, found[0]) if found else None


def _kind_in_brackets(field: Field, text: str, head: Match) -> Match | None:
    """What brackets name, if it is a kind of what stands before them: vase (meiping)."""
    for inner in _IN_BRACKETS.findall(text):
        for match in matches(field, inner):
            if len(match.ids) == len(head.ids) == 1 and field.is_kind_of(min(match.ids), min(head.ids)):
                return match
    return None


def _told_match(field: Field, match: Match) -> Reading:
    return _single(field, [match]) if len(match.ids) == 1 else _ambiguous(sorted(match.ids))


# Surfaces


def _surface(field: Field, text: str) -> Reading | None:
    """The match in the highest layer; among equals the longest, then the first."""
    best: tuple[tuple[int, int, int], Match] | None = None
    for match in matches(field, text):
        if len(match.ids) > 1:
            continue
        layer = field.reading(match.senses, "within").layer
        rank = (layer, min(len(match.spelling), 4) if has_han(match.spelling) else 0, -match.start)
        kind = best is not None and field.is_kind_of(min(match.ids), min(best[1].ids))
        if best is None or rank > best[0] or (kind and layer == best[0][0]):
            best = (rank, match)
    found = _single(field, [best[1]]) if best else None
    found = in_context(field, text, found or Reading("", "unknown"))
    return found if found.resolved else None


def in_context(field: Field, text: str, found: Reading) -> Reading:
    """What the words of `text` make of a reading, by the vocabulary's `context`."""
    text = spaced(plain(text, field.characters))
    for context in field.contexts:
        if context.of == found.id and any(word in text for word in context.words):
            return Reading(context.id, "within", layer=field.terms[context.id].layer)
    return found
