"""Cells that mean `as above` (〃, 同上, ditto) in lists that a person wrote line under line. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from kilnmix.collection.tables.table import listed

_SAME = re.compile(
    r"[〃″”“„\"々]|''|``|´´|’’|[-–—]+ ?(?:[〃″”“„\"]|''|//) ?[-–—]+|[同仝]上|同前|상동"
    r"|(?:ditto|dito|idem|ibid)\.?|do\.|(?:same )?as above",
    re.IGNORECASE,
)
_BRACKETS = "()（）[]［］"


def filled(
    rows: Sequence[Sequence[str]], lines: Sequence[int], columns: Sequence[str], bad: Mapping[int, str]
) -> tuple[list[list[str]], dict[int, str], list[str]]:
    """The rows with what stands above such cells; why rows cannot be trusted; and a sentence that counts the cells.

    Args:
        bad: position of a row -> why it cannot be trusted; what repeats such a row cannot be trusted either.
    """
    found = [list(row) for row in rows]
    wrong = dict(bad)
    counted: Counter[str] = Counter()
    for number, row in enumerate(found):
        places = [place for place, cell in enumerate(row[: len(columns)]) if _SAME.fullmatch(cell.strip(_BRACKETS))]
        if places and number - 1 in wrong:
            wrong.setdefault(number, f"the row says that it is as line {lines[number - 1]}, which cannot be used")
            continue
        above = found[number - 1] if number else []
        for place in places:
            row[place] = above[place] if place < len(above) else ""
            counted[columns[place]] += 1
    if not counted:
        return found, wrong, []
    some = listed(f"{column!r} {count}" for column, count in counted.items())
    return found, wrong, [f"{counted.total()} cells mean that they are as the one above and are read so: {some}"]
