"""A bar on standard error for whatever takes over a few seconds."""

from __future__ import annotations

import sys

from tqdm import tqdm


def bar(total: int, what: str, unit: str) -> tqdm:
    """A progress bar; where standard error is no terminal it prints a line now and then instead of redrawing."""
    live = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=what,
        unit=unit,
        file=sys.stderr,
        dynamic_ncols=live,
        ncols=None if live else 88,
        mininterval=0.3 if live else 10.0,
        ascii=not live,
        smoothing=0.1,
    )
