"""Confusion matrices as MLflow shows them: a table and a picture of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from html import escape

from kilnmix.common import csv_files

_CELL, _MARGIN, _LETTER = 26, 12, 7
_LONGEST = 24


def table(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """(C, C) counts as CSV: a row a label, a column an answer; the first column names the label."""
    file = io.StringIO()
    csv_files.to(file, ["label", *classes], ([name, *row] for name, row in zip(classes, counts, strict=True)))
    return file.getvalue()


def drawing(text: str) -> str:
    """What `table` wrote, as an SVG picture: darker where a greater share of a label's photographs is."""
    header, *rows = list(csv.reader(io.StringIO(text)))
    names = [_short(csv_files.unguarded(name)) for name in header[1:]]
    counts = [[int(value) for value in row[1:]] for row in rows]
    left = top = _MARGIN + _LETTER * max(map(len, [*names, "answer"]))
    side = _CELL * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + side + _MARGIN}" height="{top + side + _MARGIN}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{_MARGIN}" y="{top - 8}" fill="#555">label, answer →</text>'
    ]
    for place, name in enumerate(names):
        middle = _CELL * place + _CELL // 2 + 4
        parts.append(f'<text x="{left - 6}" y="{top + middle}" text-anchor="end">{escape(name)}</text>')
        turned = f"translate({left + middle},{top - 6}) rotate(-90)"
        parts.append(f'<text transform="{turned}">{escape(name)}</text>')
    for row, values in enumerate(counts):
        for column, value in enumerate(values):
            if value:
                parts.append(_cell(left + _CELL * column, top + _CELL * row, value, value / sum(values), row == column))
    frame = f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="#999"/>'
    return "".join([*parts, frame, "</svg>\n"])


def _cell(x: int, y: int, value: int, share: float, right: bool) -> str:
    colour = "#1b6e53" if right else "#b3412e"
    ink = "white" if share > 0.55 else "black"
    return (
        f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" fill="{colour}" fill-opacity="{share:.3f}"/>'
        f'<text x="{x + _CELL // 2}" y="{y + _CELL // 2 + 4}" text-anchor="middle" fill="{ink}">{value}</text>'
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
