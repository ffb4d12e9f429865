"""What a storage tells of when trials were trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kilnmix.experiment.attempts import attempts
from kilnmix.experiment.search import Search
from kilnmix.experiment.trials import Asked, Scored
from tests.experiment.test_search import TASKS, USUAL, finish, settings


def test_attempts_that_failed_are_told_of_too(tmp_path: Path) -> None:
    wanted = settings(tmp_path, trials=3)
    search = Search("searched", "s", TASKS, wanted, 1, USUAL)

    def fails(asked: Sequence[Asked]) -> list[Scored]:
        raise ValueError("no memory")

    with pytest.raises(ValueError, match="no memory"):
        search.round(fails)
    finish(search)
    found = attempts(wanted.storage, {"s": "searched"})
    assert [(each.study, each.place, each.state) for each in found] == [
        ("searched", 0, "FAIL"),
        ("searched", 1, "FAIL"),
        *[("searched", place, "COMPLETE") for place in range(3)],
    ]
    begins = [each.began for each in found]
    assert begins == sorted(begins)
    assert all(each.began <= each.ended for each in found)
