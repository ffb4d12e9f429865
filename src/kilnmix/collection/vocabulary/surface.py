"""Surfaces: of all glazes and techniques named, the one in the highest layer: enamels above underglaze above colour."""

from __future__ import annotations

import re

from kilnmix.collection.vocabulary import doubt
from kilnmix.collection.vocabulary.context import in_context
from kilnmix.collection.vocabulary.field import Field, Match, Reading, ambiguous, doubtful, matches, single
from kilnmix.collection.vocabulary.spelling import either, has_han, plain, spaced

_OR = re.compile(r"^[\w\s]*\bor\b|^或者?")


def read(field: Field, text: str) -> Reading | None:
    """The match in the highest layer; among equals the longest, then the first."""
    text = spaced(either(plain(text, field.characters)))
    best: tuple[tuple[int, int, int], Match] | None = None
    named = [match for match in matches(field, text) if len(match.ids) == 1]
    standing = dict(zip(map(id, named), doubt.standings(text, [(m.start, m.end) for m in named]), strict=True))
    for match in named:
        if standing[id(match)] == "denied":
            continue
        layer = field.reading(match.senses, "within").layer
        rank = (layer, min(len(match.spelling), 4) if has_han(match.spelling) else 0, -match.start)
        kind = best is not None and field.is_kind_of(min(match.ids), min(best[1].ids))
        if best is None or rank > best[0] or (kind and layer == best[0][0]):
            best = (rank, match)
    found = in_context(field, text, single(field, [best[1]]) if best else Reading("", "unknown"))
    if best is None:
        return doubtful([]) if named and not found.resolved else found if found.resolved else None
    others = [id_ for match in named for id_ in match.ids if _OR.search(_between(text, match, best[1]))]
    if set(others) - {found.id}:
        return ambiguous([found.id, *others])
    return doubtful([found.id], found.finer) if standing[id(best[1])] == "doubtful" else found


def _between(text: str, first: Match, second: Match) -> str:
    """What stands between two names that are close to one another."""
    low, high = min(first.end, second.end), max(first.start, second.start)
    return text[low:high] if 0 < high - low <= 12 else ""
