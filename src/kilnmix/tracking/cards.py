"""Cards of data and models as Markdown, for MLflow's descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LONGEST = 5000
"""Characters that MLflow takes."""


def markdown(card: Mapping[str, Any]) -> str:
    """A paragraph an entry; empty for an empty card."""
    lines = [f"**{name.replace('_', ' ')}**: {_text(value)}" for name, value in card.items()]
    return "\n\n".join(lines)[:_LONGEST]


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value)
