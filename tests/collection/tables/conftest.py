"""A small register and the headings that tables use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kilnmix.collection.tables import columns
from kilnmix.collection.tables.table import Table
from kilnmix.collection.vocabulary import vocabulary
from tests import composed
from tests.collection.conftest import REPOSITORY

LINES = [["图片", "藏品编号", "年代", "器型"], ["a.jpg", "0012", "明", "碗"], ["b.jpg", "0013", "清", "瓶"]]


@pytest.fixture(scope="session")
def known() -> Callable[[str], bool]:
    words = vocabulary.load(REPOSITORY / "conf" / "vocabulary.yaml")
    settings = composed.settings().collection
    return columns.known_headings(settings.columns, settings.tasks, words)


def cells(table: Table) -> list[list[str]]:
    """Header and rows."""
    return [list(table.columns), *map(list, table.rows)]
