"""Periods: every dynasty, reign and date that a text names must agree on one class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kilnmix.collection.vocabulary import doubt
from kilnmix.collection.vocabulary.dates import years
from kilnmix.collection.vocabulary.field import Field, Match, Reading, ambiguous, doubtful, matches, single
from kilnmix.collection.vocabulary.spelling import HAN, plain, spaced

_ERA_WORDS = re.compile(r"公元|西元|纪元|元年|元月|年间")
OFF = 100
"""Years by which a date may miss the period named beside it."""
LEAST = 0.85
"""Share of the years named that must lie in one period."""
_VAGUE = re.compile(
    r"\b(?:or|and) (?:(?:slightly|somewhat|soon|shortly|much|even) )?(?:later|earlier|after|before|onwards?)\b"
    r"|\bat the (?:earliest|latest)\b|\bif not (?:later|earlier)\b|或(?:更)?[晚早]"
    r"|(?:以|之)[后前来降]\s*$|至今|\b(?:onwards?|terminus)\b"
)
"""What leaves open on which side of a period a thing lies."""
_BOUND_BEFORE = re.compile(
    r"\b(?:pre|post|before|prior to|predat(?:es|ing)|postdat(?:es|ing)|after|until|till|up to|later than|"
    r"earlier than|since|as (?:late|early) as|down to)\b"
    r"(?: (?:the|a|end|fall|beginning|start|of|late|early))*[\s(]*$"
    r"|(?:[早晚迟先]于|[早晚迟][至到]|截[至止]|[上下]限[为至在]?)[\s(]*$"
)
_BOUND_AFTER = re.compile(r"(?:代|朝)?(?:以[前后来降]|之[前后]|前(?![期半段中后])|及以[后前]|后(?![期半段]))")
_BOUND_YEAR = re.compile(
    r"\b(?:before|after|pre|post|until|till|prior to|by|no later than|not later than|earlier than|later than|since)"
    r"\b(?: (?:c\.?|ca\.?|circa|about))? ?\d|\d(?:年|世纪)?(?:以|之)?[前后](?![半期叶段])"
    r"|(?:[早晚迟先]于|[早晚迟][至到]|截[至止]|[上下]限[为至在]?) ?\d|\bah\b|\ba\. ?h\."
)
"""Dates with one end; and years of the Hijra, which are no years of ours."""
_COPIED_BEFORE = re.compile(
    r"(?:仿制?|摹|拟|\b(?:style|manner|taste|tradition|imitation|imitations|copy|copies|reproduction|reproductions|"
    r"replica|forgery|forgeries) of|\b(?:imitating|copying|after|inspired by|fake|faux|mock|pseudo|neo))"
    r"(?: (?:the|a|an|original|earlier|ancient))*\s*$"
)
_COPIED_AFTER = re.compile(
    r"(?:代|朝)?(?:式样|样式|风格|式(?!样))"
    r"|(?: dynasty| period)? (?:style|revival|manner|taste|originals?|prototypes?|models?|copy|copies|imitations?|"
    r"replicas?|reproductions?|forger(?:y|ies)|fakes?|inspired|inspiration)\b"
)
_MARK_AFTER = re.compile(
    r"[年制造]*(?:[一二三四六八]字|[单双]行|双圈|双框|篆书?|楷书?|青花|刻|印|书|方|图章|寄托|伪托|仿)*款"
    r"|(?: (?:reign|seal|six|four|two|character|characters|underglaze|blue|inscribed|impressed|incised|hall|imperial|"
    r"apocryphal))* (?:reign )?marks?\b(?! and (?:of the )?period)(?!, and of the period)"
)
_MARK_BEFORE = re.compile(
    r"(?:\bmarks?(?: reading| of)?(?: the)?(?: emperor)?|\bmarked|\bbearing|\binscribed|落款|款识?[:为]?|书款|题款)"
    r"[\s:\"]*$"
)
_OR = re.compile(r"\bor\b|或")
_PERIOD_TOO = re.compile(r"\bmarks? and (?:of the )?period(?: of)?[\s(]*$")
_ANEW = re.compile("江[西苏]|河[北南]|山[西东]|中[期叶]|月白|单[色耳把柄釉]|水[盂丞仙注滴]")
"""What begins behind a period's character, though the two look like another word: the 江西 of 清江西, not 清江."""
_PAIRS = re.compile("夏商|商周|秦汉|魏晋|汉晋|汉唐|隋唐|唐宋|宋辽|辽金|宋金|金元|宋元|元明|明清")
"""Periods written together, of which neither is the beginning of another word: 明清单件."""


def read(field: Field, text: str) -> Reading | None:
    """What a cell says; none if it names no period."""
    raw = _ERA_WORDS.sub("", plain(text, field.characters))
    text = spaced(raw)
    elsewhere = [match.span() for match in field.elsewhere.finditer(text)]
    inside = [match.span() for match in field.homographs.finditer(text)]
    named = [
        m
        for m in matches(field, text)
        if not any(a <= m.start < b for a, b in elsewhere) and not _is_in_a_word(text, m, inside)
    ]
    ids = list(dict.fromkeys(id_ for match in named for id_ in sorted(match.ids)))
    if _VAGUE.search(text) or any(_is_bounded(text, named, number) for number in range(len(named))):
        return doubtful(ids)
    copied = [match for match in named if _is_copied(text, match)]
    marks = _marks(text, named)
    standing = dict(zip(map(id, named), doubt.standings(text, [(m.start, m.end) for m in named]), strict=True))
    left = [match for match in named if match not in copied and match not in marks]
    sure = [match for match in left if standing[id(match)] == "sure"]
    unsure = [match for match in left if standing[id(match)] == "doubtful"]
    if not sure and not unsure:
        if elsewhere:
            return None
        if copied or (left and not marks):  # only what it is not, or what it is like
            return doubtful([])
        return _by_date(field, raw, text, marks)
    if copied and _OR.search(text):  # or a copy
        return doubtful(ids)
    found = _agreed(field, raw, sure or unsure)
    if not found.resolved:
        return found
    if not sure:
        return doubtful([found.id], found.finer)
    if any(found.id not in match.ids for match in unsure):
        return doubtful([found.id, *(id_ for match in unsure for id_ in sorted(match.ids))])
    return found


def _is_in_a_word(text: str, match: Match, homographs: Sequence[tuple[int, int]]) -> bool:
    """Whether a name of one character is only a part of another word, of which the spans are given."""
    start = match.start
    if len(match.spelling) > 1 or not any(begin <= start < end for begin, end in homographs):
        return False
    if not any(begin == start for begin, _ in homographs):
        return True
    before = any(begin <= start - 1 < end for begin, end in homographs)
    paired = _PAIRS.fullmatch(text[max(start - 1, 0) : match.end]) is not None and not before
    return not paired and _ANEW.match(text, match.end) is None


def read_title(field: Field, text: str) -> Reading | None:
    """Periods that stand apart or open a title: `明宣德 青花盘`, not the 唐 of 唐草纹."""
    text = spaced(plain(text, field.characters))
    named = matches(field, text)
    starts = {match.start for match in named}
    marks = _marks(text, named)
    place, found = 0, []
    for match in named:
        apart = match.start == place or not HAN.match(text[match.start - 1])
        ends = match.end == len(text) or match.end in starts or not HAN.match(text[match.end])
        if apart and (ends or len(match.spelling) > 1) and match not in marks:
            found.append(match)
            place = match.end
    if "sure" not in (standing := doubt.standings(text, [(m.start, m.end) for m in found])):
        return None
    found = [
        match for match, sure in zip(found, standing, strict=True) if sure == "sure" and not _is_copied(text, match)
    ]
    common = frozenset.intersection(*(match.ids for match in found)) if found else frozenset()
    return single(field, found) if len(common) == 1 else None


def _by_date(field: Field, raw: str, text: str, marks: Sequence[Match]) -> Reading | None:
    """What the date says; a mark alone, which later potters copied, says nothing for sure."""
    if _BOUND_YEAR.search(raw):
        return doubtful([])
    dated = _by_years(field, raw, field.terms)
    if dated is None:
        return doubtful(list(dict.fromkeys(id_ for mark in marks for id_ in sorted(mark.ids)))) if marks else None
    return doubtful([dated.id], dated.finer) if dated.resolved and doubt.doubts(text) else dated


def _agreed(field: Field, raw: str, found: Sequence[Match]) -> Reading:
    """The class that all matches can mean, by their date where several are left."""
    common = frozenset.intersection(*(match.ids for match in found))
    if len(common) == 1:
        (id_,) = common
        if _gainsaid(field, id_, raw):
            return ambiguous([id_])
        agreed = [replace(match, senses=frozenset(s for s in match.senses if s.id == id_)) for match in found]
        return single(field, agreed)
    if len(common) > 1:
        exact = _by_years(field, raw, sorted(common))
        return exact or _by_years(field, raw, sorted(common), 0.0) or ambiguous(sorted(common))
    return ambiguous(id_ for match in found for id_ in sorted(match.ids))


def _is_bounded(text: str, named: Sequence[Match], number: int) -> bool:
    """Whether a period is only a limit: pre-Ming, 明前, until the Song."""
    match = named[number]
    joined = any(other.start == match.end for other in named)
    return bool(_BOUND_BEFORE.search(text[: match.start])) or (
        not joined and bool(_BOUND_AFTER.match(text[match.end :]))
    )


def _is_copied(text: str, match: Match) -> bool:
    """Whether a period is only the manner of the thing: 仿宋, Song style, in the style of the Song."""
    return bool(_COPIED_BEFORE.search(text[: match.start]) or _COPIED_AFTER.match(text[match.end :]))


def _marks(text: str, named: Sequence[Match]) -> list[Match]:
    """Names that stand in a reign's mark, unless the text says that the thing is of the period, too."""
    marks: list[Match] = []
    for number, match in enumerate(named):
        before = text[: match.start]
        here = bool(_MARK_AFTER.match(text[match.end :]))
        here |= bool(_MARK_BEFORE.search(before)) and not _PERIOD_TOO.search(before)
        here |= bool(marks) and marks[-1].end == match.start
        if here:
            if number and named[number - 1].end == match.start and named[number - 1].spelling in ("大明", "大清"):
                marks.append(named[number - 1])
            marks.append(match)
    return marks


def _gainsaid(field: Field, id_: str, text: str) -> bool:
    """Whether a span or a century in the text lies more than a hundred years off the period that it names."""
    span, limits = years(text), field.terms[id_].years
    if span is None or limits is None or limits[0] < -1000:
        return False
    return span[0] != span[1] and (span[0] > limits[1] + OFF or span[1] < limits[0] - OFF)


def _by_years(field: Field, text: str, ids: Iterable[str], least: float = LEAST) -> Reading | None:
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
            if (low, high) == limits or (low, high) == (limits[0], limits[1] + 1):  # its own dates
                return Reading(id_, "within")
    central = [id_ for id_ in fitting if not field.terms[id_].regional]
    first, last = (field.terms[central[0]].years if len(central) == 1 else None) or (None, None)
    if low == first or (low < high and high == last):
        return Reading(central[0], "within")  # 960, the year in which the Song began
    if len(fitting) == 1 and (central or ids is not field.terms):
        return Reading(fitting[0], "within")
    return ambiguous(fitting) if fitting else None
