"""What options of tasks make of the settings."""

from __future__ import annotations

import pytest

from kilnmix.commands.task_options import told
from kilnmix.common.errors import UserError
from tests.composed import settings


def test_tasks_of_the_command_line() -> None:
    collection = settings("collection=default").collection
    found = told(collection, ["type", "ware=釉色"], "allow")
    assert (found.tasks, found.columns.tasks, found.unresolved) == (("type", "ware"), {"ware": "釉色"}, "allow")
    assert told(collection, ()) == collection
    with pytest.raises(UserError, match="as NAME or NAME=HEADING"):
        told(collection, ["=釉色"])
