"""What looks wrong in a table that an import takes as it stands: counted and told, nothing refused. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from kilnmix.collection import labels
from kilnmix.collection.labels import Understood
from kilnmix.collection.tables.columns import Found
from kilnmix.collection.tables.listing import Listing, Row
from kilnmix.collection.tables.table import listed
from kilnmix.collection.vocabulary.vocabulary import Vocabulary

_FEWEST = 10
"""Photographs below which a common object number is not spoken of."""
_SHOWN = 3
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+\d\d+", re.IGNORECASE)
"""201901000017 as a spreadsheet shows it in a narrow column, and saves it as CSV: 2.01901E+11."""


def sentences(
    listing: Listing, rows: Sequence[Row], understood: Understood, found: Found, words: Vocabulary
) -> list[str]:
    """All of them.

    Args:
        rows: of the table, those that `understood` is of.
    """
    return [
        *_one_number(listing),
        *_rounded(listing),
        *_alike(listing),
        *_sources(listing, found),
        *_contradicting(listing, rows, understood),
        *_joined(rows, understood, words),
    ]


def _one_number(listing: Listing) -> list[str]:
    """One number for more than half of all photographs, which may say that there is none."""
    counted = Counter((row.source, row.object) for row in listing.rows if row.object)
    commonest = counted.most_common(1)
    if len(listing.rows) < _FEWEST or not commonest or 2 * commonest[0][1] <= len(listing.rows):
        return []
    (_, number), count = commonest[0]
    return [
        f"{count} of {len(listing.rows)} photographs have the object number {number!r} and count as one object; if it "
        "says that there is no number, empty those cells and import again"
    ]


def _rounded(listing: Listing) -> list[str]:
    """Numbers of which only the first digits are left."""
    numbers = [row.object for row in listing.rows if _ROUNDED.fullmatch(row.object)]
    if not numbers:
        return []
    return [
        f"{len(numbers)} photographs have object numbers that a spreadsheet rounded "
        f"({listed(dict.fromkeys(numbers), _SHOWN)}), so that different objects count as one; show that column as text "
        "or whole numbers in the spreadsheet, save the table anew and import it again"
    ]


def _alike(listing: Listing) -> list[str]:
    """Numbers that a person takes for one: views of one object would stand on both sides of the split."""
    written: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for row in listing.rows:
        if row.object:
            form = "".join(unicodedata.normalize("NFKC", row.object).casefold().split())
            written[row.source, form][row.object] = None
    several = [", ".join(map(repr, numbers)) for numbers in written.values() if len(numbers) > 1]
    if not several:
        return []
    return [
        f"{len(several)} object numbers are written in several ways, which differ in capitals, blanks or width alone "
        f"({listed(several, _SHOWN)}) and count as objects of their own; write those of one object alike and import "
        "again"
    ]


def _sources(listing: Listing, found: Found) -> list[str]:
    """Numbers that stand under several sources, which makes several objects of them."""
    under: dict[str, dict[str, None]] = defaultdict(dict)
    for row in listing.rows:
        if row.object and row.object != f"line {row.line}":
            under[row.object][row.source] = None
    several = [
        f"{number}: {', '.join(source or 'no source' for source in sources)}"
        for number, sources in under.items()
        if len(sources) > 1
    ]
    if not several:
        return []
    return [
        f"{len(several)} object numbers stand under several sources and count as another object under each "
        f"({listed(several, _SHOWN)}); if {found.source!r} does not say whose number it is, run "
        "`kilnmix compose collection.columns.source=null` and import again"
    ]


def _contradicting(listing: Listing, rows: Sequence[Row], understood: Understood) -> list[str]:
    """Objects whose photographs have different labels."""
    number = {row.place: place for place, row in enumerate(rows)}
    said = []
    for task, readings in understood.readings.items():
        of_object: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for row in listing.rows:
            reading = readings[number[row.place]]
            if row.object and reading.resolved:
                of_object[row.source, row.object][reading.id] = None
        several = [f"{name}: {', '.join(ids)}" for (_, name), ids in of_object.items() if len(ids) > 1]
        if several:
            said.append(
                f"{len(several)} objects have photographs that contradict each other in {task} "
                f"({listed(several, _SHOWN)})"
            )
    return said


def _joined(rows: Sequence[Row], understood: Understood, words: Vocabulary) -> list[str]:
    """Own terms that are written differently and count as one class."""
    said = []
    for task, readings in understood.readings.items():
        joined = labels.joined(readings, [row.cells.get(task, "") for row in rows], words.field(task))
        some = [f"{', '.join(map(repr, terms))} as {id_}" for id_, terms in joined.items()]
        if some:
            said.append(f"{task}: terms that count as one class: {listed(some, _SHOWN)}")
    return said
