"""Words by which a text doubts or denies what it names. Pure.

The rule: a doubting word governs all that is named after it up to the end of its sentence or bracket; where nothing is,
all that is named before it. A question mark governs the name before it, unless a date stands between. A denial governs
the name that follows it at once; so does what says that a name was given up (formerly, 原定).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Standing = Literal["sure", "doubtful", "denied"]

_WORDS = (
    "possibly", "possible", "poss", "probably", "probable", "prob", "perhaps", "maybe", "likely", "presumably",
    "presumed", "apparently", "attributed", "attribution", "attributable", "attrib", "attr", "ascribed",
    "supposedly", "supposed", "reputedly", "reportedly", "allegedly", "tentatively", "tentative", "uncertain",
    "unsure", "doubtful", "dubious", "questionable", "questioned", "unconfirmed", "unverified", "conjectural",
    "disputed", "debated", "provisional", "provisionally", "traditionally", "conceivably", "cf", "tbc",
)  # fmt: skip
_PHRASES = (
    r"(?:may|might|could) (?:be|have(?: been)?|date|belong|come|represent|originate)",
    r"(?:thought|said|believed|considered|assumed|supposed|presumed|held|reported|appears?|seems?|tends) to"
    r" (?:be|have(?: been)?|date|belong|come|originate|stem|represent)",
    r"(?:is|was|are|were|been|generally|usually|often|long) (?:thought|believed|considered|assumed|held)",
    "not certain", "not certainly",
    "not necessarily", "not sure",
    "not definitely", "to be confirmed", "to be verified", "in question", "open to question",
)  # fmt: skip
_HAN = (
    "疑|可能|或许|也许|恐为|恐系|大概|估计|推测|推断|推定|似为|似是|似属|似系|应为|应属|应系|当为|待考|待定|待查|待证|不确定|未确定|不能确定|约[为系属当]|大[约致]|"
    "未能确定|未必|不一定|尚无定论|有争议|争议|或为|或是|或系|或属|传为|传是|传系|(?:^|[\\s,;:(])[传似](?!世|统|承|奇|教|播|品)"
)
_DOUBT = re.compile(rf"\b(?:{'|'.join([*_PHRASES, *_WORDS])})\b|{_HAN}")
_DENIAL = re.compile(
    r"(?:\b(?:not|non|isnt|wasnt|neither|nor|never|rather than|instead of|other than|except|excluding)\b"
    r"(?: (?:a|an|the|of|from|in|made|made in|dated|to|as|being|at|late|early|mid))*"
    r"|非|不是|并非|不属于?|绝非|而非|除了?|不像)[\s(]*$"
)
_ONCE = re.compile(
    r"(?:\b(?:formerly|previously|(?:once|originally|earlier|first|wrongly|mistakenly|traditionally) "
    r"(?=attrib|ascrib|assign|catalog|identif|dated|thought|believed|considered|called|described|classified|labell?ed))"
    r"(?: ?(?:was|were|attributed|ascribed|assigned|catalogued|cataloged|identified|dated|thought|believed|considered|"
    r"called|known|listed|described|classified|labell?ed))?"
    r"(?: (?:to|as|be|have|been|from|made|in|the|a|an|of))*"
    r"|原(?:定[为名]?|题为?|作|归[为入]?|认为是?)|[旧曾]被?(?:定[为名]?|题为?|称为?|认为是?|归[为入]?|误[认定]为)|误[认定]为)[\s(]*$"
)
"""Before a name that was given up since."""
_OF_ELSE = re.compile(r"\d|centur|世纪|^\s*(?:(?:made|used|intended|meant|painted) )?(?:for|as|by|to)\b")
"""What follows a doubting word that is about a date, a use or a hand."""
_STRONG_BREAK = re.compile(r"[;。!]|\.(?= )")
_BRACKETED = re.compile(r"\([^()]*\)")
_SAYS_NOTHING = re.compile(
    r"\b(?:unknown|undetermined|unidentified|unattributed|undated|not known|uncertain|unspecified)\b"
    r"|不详|不清|无考|失考|不可考|未知|不明|未详|待考|存疑|无法确定"
)


def standings(text: str, spans: Sequence[tuple[int, int]]) -> list[Standing]:
    """How sure a text is of each name in it.

    Args:
        text: `spelling.spaced` text.
        spans: (start, end) of the names, in order.
    """
    result: list[Standing] = ["sure"] * len(spans)

    def doubt(numbers: Sequence[int]) -> None:
        for number in numbers:
            result[number] = "doubtful"

    given_up = {number: once.start() for number, (start, _) in enumerate(spans) if (once := _ONCE.search(text[:start]))}
    for word in _DOUBT.finditer(text):
        if any(begin <= word.start() < spans[number][0] for number, begin in given_up.items()):
            continue
        end = _end_of_reach(text, word.start(), word.end())
        after = [n for n, (start, _) in enumerate(spans) if word.end() <= start < end]
        if not after and _OF_ELSE.search(text[word.end() : end]):
            continue
        begin = max((m.end() for m in _STRONG_BREAK.finditer(text, 0, word.start())), default=0)
        doubt(after or [n for n, (start, _) in enumerate(spans) if begin <= start < word.start()])
    for mark in re.finditer(r"\?", text):
        before = [n for n, (_, end) in enumerate(spans) if end <= mark.start()]
        after = [n for n, (start, _) in enumerate(spans) if start >= mark.end()]
        if not before:
            doubt(after[:1])
        elif not re.search(r"[\d;]|,(?=.*\w)", _BRACKETED.sub("", text[spans[before[-1]][1] : mark.start()])):
            doubt(before[-1:])
    for number, (start, _) in enumerate(spans):
        if number in given_up or _DENIAL.search(text[:start]):
            result[number] = "denied"
    return result


def _end_of_reach(text: str, start: int, end: int) -> int:
    """Where a doubting word's sentence or bracket ends."""
    depth = text.count("(", 0, start) - text.count(")", 0, start)
    stops = [match.start() for match in _STRONG_BREAK.finditer(text, end)]
    if depth > 0 and (close := text.find(")", end)) >= 0:
        stops.append(close)
    return min(stops, default=len(text))


def doubts(text: str) -> bool:
    """Whether a text has a word of doubt or denial, or a question mark, at all."""
    return "?" in text or bool(_DOUBT.search(text)) or bool(re.search(r"\bnot\b|非|不是", text))


def says_nothing(text: str) -> bool:
    """Whether a text says that the thing is not known."""
    return bool(_SAYS_NOTHING.search(text))
