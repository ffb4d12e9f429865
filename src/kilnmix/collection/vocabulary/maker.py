"""Makers: the kiln that is named and neither imitated, denied nor doubted."""

from __future__ import annotations

import re

from kilnmix.collection.vocabulary import doubt
from kilnmix.collection.vocabulary.field import Field, Match, Reading, ambiguous, doubtful, matches, single
from kilnmix.collection.vocabulary.spelling import has_han, plain, spaced

_PROVINCE = re.compile(
    "^(?:河北|河南|山西|山东|陕西|浙江|江西|江苏|福建|广东|广西|湖南|湖北|安徽|四川|重庆|甘肃|宁夏|辽宁|内蒙古|云南)省?"
)
"""Before a place of kilns, as in 四川邛崃."""
_LIKE = re.compile(
    r"(?:风格|式样|样式)|(?: ware| kilns?)? (?:style|imitation|copy|replica|revival|inspired)\b(?! (?:of|after)\b)"
)


def read(field: Field, text: str, signed: bool = False) -> Reading | None:
    """The kiln of a cell; with `signed`, of a title: only where the text calls it a kiln or a ware."""
    text = spaced(plain(text, field.characters))
    kept = []
    aside = False
    for match in matches(field, text):
        before, after = text[: match.start].rstrip(), text[match.end :]
        if any(before.endswith(word) for word in field.imitation) or _LIKE.match(after):
            aside = True
            continue
        called = match.spelling.endswith(("窑", "文化")) or re.match(r"窑| (?:ware|kiln|type|yao)", after)
        if signed and not (called or (not has_han(match.spelling) and len(match.spelling) > 6)):
            continue
        kept.append(match)
    if not kept:
        place = _PROVINCE.sub("", text)
        senses = field.senses.get(place, frozenset()) if not signed and place != text else frozenset()
        if len({sense.id for sense in senses}) == 1:
            return single(field, [Match(0, 0, place, senses)])
        return doubtful([]) if aside else None
    standing = doubt.standings(text, [(match.start, match.end) for match in kept])
    sure, unsure = ([m for m, s in zip(kept, standing, strict=True) if s == word] for word in ("sure", "doubtful"))
    ids = list(dict.fromkeys(id_ for match in sure or unsure for id_ in sorted(match.ids)))
    if not ids:
        return doubtful([])
    if len(ids) > 1:
        return ambiguous(ids)
    found = single(field, sure or unsure)
    if not sure:
        return doubtful([found.id], found.finer)
    others = [id_ for match in unsure for id_ in sorted(match.ids) if id_ != found.id]
    return doubtful([found.id, *others]) if others else found
