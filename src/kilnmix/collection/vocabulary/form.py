"""Forms: the last noun. Chinese titles end in the vessel, English ones name it before `with`, `in`, `of`."""

from __future__ import annotations

import itertools
import re

from kilnmix.collection.vocabulary import doubt
from kilnmix.collection.vocabulary.context import in_context
from kilnmix.collection.vocabulary.field import Field, Match, Reading, ambiguous, doubtful, matches, single
from kilnmix.collection.vocabulary.spelling import either, has_han, plain, spaced

_BRACKETS = re.compile(r"[(（\[【〔{][^)）\]】〕}]*[)）\]】〕}]")
_IN_BRACKETS = re.compile(r"\(([^)]*)\)")
_QUOTES = re.compile(r"[\"'“”‘’「」『』《》〈〉]")
_PAINTED = tuple("青黑白褐剔刻划印贴绘")
_TOKENS = re.compile(r"[\s,，.。·・;；:：|?!]+")
_SEVERAL = re.compile(r"[、及与和暨连]|\s(?:and|with)\s")
_QUALIFIERS = re.compile(
    r"[,;(]|\b(?:with|without|lacking|in|of|for|from|decorated|depicting|showing|shaped|painted|and|by|on|after|made)\b"
)
_SHAPED = re.compile(r"\b\w+ shaped (?!as\b|like\b|in\b|with\b)")
_OR = re.compile(r",? ?\(?(?:\bor\b|或者?|\?)(?: an?| the)? ?(?:possibly |perhaps )?")


def read(field: Field, text: str) -> Reading | None:
    """The vessel that a cell or a title names."""
    text = spaced(either(plain(text, field.characters)))
    found = _chinese_form(field, text) if has_han(text) else _english_form(field, text)
    if found is None:
        return None
    return _unless_doubted(field, text, in_context(field, text, found))


def _unless_doubted(field: Field, text: str, found: Reading) -> Reading:
    """The reading, unless the text doubts or denies it or offers another vessel instead."""
    if not found.resolved:
        return found
    named = matches(field, text)
    spans = [(match.start, match.end) for match in named]
    for first, second in itertools.pairwise(named):
        between = text[first.end : second.start]
        if _OR.fullmatch(between) and not first.ids & second.ids and found.id in first.ids | second.ids:
            return ambiguous([*sorted(first.ids), *sorted(second.ids)])
    own = [s for match, s in zip(named, doubt.standings(text, spans), strict=True) if found.id in match.ids]
    if not own or "sure" in own:
        return found
    return doubtful([] if set(own) == {"denied"} else [found.id], found.finer)


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
        return ambiguous(ids)
    return single(field, [Match(0, 0, spelling, senses)])


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
    return single(field, [match]) if len(match.ids) == 1 else ambiguous(sorted(match.ids))
