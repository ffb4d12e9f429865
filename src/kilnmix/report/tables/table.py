"""A table of the page: cells with their looks."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Cell:
    """A cell: its text, a smaller second line, a class for its looks, what hovering shows, the shade of its ground
    (0 to 1)."""

    text: str | Markup
    second: str | Markup = ""
    looks: str = ""
    hover: str = ""
    shade: float | None = None


@dataclass(frozen=True)
class Table:
    """Rows whose first cell heads them."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    looks: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


def cells(*texts: str | Markup) -> tuple[Cell, ...]:
    """Cells with nothing but a text each."""
    return tuple(Cell(text) for text in texts)
