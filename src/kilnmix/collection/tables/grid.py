"""Cells as a file holds them -> a table: where the header is, what merged cells mean, which rows are out of line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from kilnmix.collection.tables import ditto, error_values
from kilnmix.collection.tables.invisible import cleaned
from kilnmix.collection.tables.table import Table, listed
from kilnmix.common.csv_files import unguarded
from kilnmix.common.errors import UserError

Known = Callable[[str], bool]
"""Whether a text is a heading that tables use."""
_HEAD_ROWS = 30
"""Rows among which the header is looked for."""


@dataclass(frozen=True)
class Merge:
    """Cells shown as one: rows top..bottom and columns left..right, as places in `Grid.rows` and in a row."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Grid:
    """The cells of one sheet or text.

    Attributes:
        rows: number that a person finds the row by, and its cells.
        merges: ranges whose first cell holds the text of all.
        trimmed: whether rows may lawfully end before the header does.
        refusal: why the sheet cannot be used, a clause.
        hidden: columns that the sheet does not show.
    """

    rows: list[tuple[int, list[str]]]
    encoding: str
    sheet: str = ""
    merges: list[Merge] = field(default_factory=list)
    trimmed: bool = True
    notes: list[str] = field(default_factory=list)
    refusal: str = ""
    hidden: frozenset[int] = frozenset()


def filled(grid: Grid) -> int:
    """Rows with anything in them."""
    return sum(any(cleaned(cell) for cell in cells) for _, cells in grid.rows)


def table(path: Path, grid: Grid, known: Known | None = None) -> Table:
    """The table in a grid; empty rows are passed over.

    Raises:
        UserError: it has no rows, a name stands twice in its header, or the grid is refused.
    """
    if grid.refusal:
        raise UserError(f"{path}, {grid.refusal}.")
    # What this program wrote has a sign before what a spreadsheet would take for a formula.
    cells = [[unguarded(cleaned(cell)) for cell in row] for _, row in grid.rows]
    first = _header(cells, known)
    if first is None:
        raise UserError(f"{path} is empty. A label table has a header line and one row a photograph.")
    # Headings of one column may be merged from the line above, in which groups of columns have their names.
    top = min([merge.top for merge in grid.merges if merge.top < first <= merge.bottom < merge.top + 4] or [first])
    last = max([merge.bottom for merge in grid.merges if merge.top == first and merge.bottom - first < 4] or [first])
    names = _heading_rows(cells, grid.merges, top, last)
    names.insert(0, _headings_above(cells, top, names, known))
    columns = _names(names)
    _spread(cells, grid.merges, last)
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise UserError(f"{path} has more than one column named {listed(twice)}. Rename or delete all but one.")
    kept = [place for place in range(last + 1, len(cells)) if any(cells[place])]
    if not kept:
        raise UserError(f"{path} has a header ({listed(columns)}) and no rows. Add one row a photograph.")
    width = len(columns)
    lines = tuple(grid.rows[place][0] for place in kept)
    bare, wrong = error_values.emptied([cells[place] for place in kept], lines, columns)
    hidden = [name for place, name in enumerate(columns) if place in grid.hidden]
    notes = [*grid.notes, *wrong]
    if hidden:
        notes.append(f"hidden columns, used only where no other serves: {listed(map(repr, hidden))}")
    above = [" ".join(dict.fromkeys(filter(None, cells[place]))) for place in range(top) if any(cells[place])]
    if above:
        notes.append(f"passed over above the header: {listed([repr(text[:60]) for text in above], 3)}")
    misaligned, short = _out_of_line(bare, width, grid.trimmed)
    bare, misaligned, repeated = ditto.filled(bare, lines, columns, misaligned)
    notes += repeated
    if short:
        notes.append(
            f"{len(short)} rows end before the header does, first line {lines[short[0]]}: what they lack is empty"
        )
    return Table(
        path=path,
        columns=columns,
        rows=tuple(tuple((row + [""] * width)[:width]) for row in bare),
        lines=lines,
        encoding=grid.encoding,
        misaligned=misaligned,
        header=grid.rows[last][0],
        sheet=grid.sheet,
        notes=tuple(notes),
        hidden=frozenset(hidden),
    )


def headings(grid: Grid, known: Known | None) -> int:
    """How many known headings the best of the first rows has."""
    if known is None:
        return 0
    rows = [{cleaned(cell) for cell in cells} - {""} for _, cells in grid.rows[:_HEAD_ROWS]]
    return max((sum(map(known, row)) for row in rows), default=0)


def _header(cells: Sequence[Sequence[str]], known: Known | None) -> int | None:
    """The header's place: the row with the most known headings, else the first that is about as wide as the rest."""
    places = [place for place, row in enumerate(cells) if any(row)]
    if not places:
        return None
    begin = places[:_HEAD_ROWS]
    if known is not None:
        counts = {place: sum(map(known, set(cells[place]) - {""})) for place in begin}
        best = max(counts.values())
        if best >= 2:
            return next(place for place in begin if counts[place] == best)
    widths = [sum(map(bool, cells[place])) for place in places[:200]]
    typical = median(widths)
    wide = [place for place, width in zip(begin, widths, strict=False) if width >= 0.6 * typical]
    return wide[0] if wide and wide[0] != places[-1] else places[0]


def _heading_rows(cells: Sequence[Sequence[str]], merges: Sequence[Merge], first: int, last: int) -> list[list[str]]:
    """The header's rows, each group's name over all of its columns."""
    rows = [list(cells[place]) for place in range(first, last + 1)]
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    for merge in merges:
        if first <= merge.top <= last:
            text = rows[merge.top - first][merge.left]
            for place in range(merge.top, min(merge.bottom, last) + 1):
                for column in range(merge.left, min(merge.right, width - 1) + 1):
                    rows[place - first][column] = text
    return rows


def _headings_above(
    cells: Sequence[Sequence[str]], top: int, names: Sequence[Sequence[str]], known: Known | None
) -> list[str]:
    """Known headings in the line above the header, over columns that have none there."""
    width = max(map(len, names))
    above = list(cells[top - 1][:width]) if top and known is not None else []
    bare = [not any(row[column] for row in names) for column in range(width)]
    return [text if free and known and known(text) else "" for text, free in zip(above, bare, strict=False)] + [""] * (
        width - len(above)
    )


def _names(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A name a column: its lowest heading, with those above it where that is not unique."""
    stacks = [list(dict.fromkeys(filter(None, column))) for column in zip(*rows, strict=True)]
    while stacks and not stacks[-1]:
        stacks.pop()
    lowest = Counter(stack[-1] for stack in stacks if stack)
    return tuple(
        f"column {number}" if not stack else " ".join(stack) if lowest[stack[-1]] > 1 else stack[-1]
        for number, stack in enumerate(stacks, start=1)
    )


def _spread(cells: list[list[str]], merges: Sequence[Merge], header: int) -> None:
    """Writes a merged range's text into all of its cells below the header."""
    for merge in merges:
        if merge.top <= header or merge.left >= len(cells[merge.top]):
            continue
        text = cells[merge.top][merge.left]
        for place in range(merge.top, min(merge.bottom, len(cells) - 1) + 1):
            row = cells[place]
            row += [""] * (merge.right + 1 - len(row))
            row[merge.left : merge.right + 1] = [text] * (merge.right + 1 - merge.left)


def _out_of_line(rows: Sequence[Sequence[str]], width: int, trimmed: bool) -> tuple[dict[int, str], list[int]]:
    """Position -> why a row cannot be trusted; and rows that end early, as they may where no empty end is written."""
    bad = {
        number: f"the row has {_reach(row)} cells and the header {width} names"
        for number, row in enumerate(rows)
        if _reach(row) > width
    }
    short = [number for number, row in enumerate(rows) if len(row) < width] if not trimmed else []
    if any(len(row) >= width and not row[width - 1] for row in rows):
        bad |= {
            number: f"the row ends after {len(rows[number])} of {width} cells, while others write their empty ones"
            for number in short
        }
        short = []
    return bad, short


def _reach(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell), default=0)
