"""Open-access photographs of Chinese ceramics from museums' public APIs."""

from __future__ import annotations

from collections.abc import Mapping

from kilnmix.collection.museums.cleveland import Cleveland
from kilnmix.collection.museums.met import Met
from kilnmix.collection.museums.work import Source

SOURCES: Mapping[str, type[Source]] = {"met": Met, "cleveland": Cleveland}
"""Name on the command line -> museum."""
