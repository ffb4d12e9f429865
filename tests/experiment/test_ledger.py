"""The ledger of looks at the test set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kilnmix.common.errors import UserError
from kilnmix.experiment import ledger


def test_a_test_set_is_its_photographs_in_any_order() -> None:
    digest = ledger.test_digest(np.array(["a.jpg", "b.jpg"]))
    assert digest == ledger.test_digest(np.array(["b.jpg", "a.jpg"]))
    assert digest != ledger.test_digest(np.array(["a.jpg"]))
    # sha256 of "a.jpg\nb.jpg"
    assert digest == "f7199d4ec1aed67f"


def test_looks_add_up_over_other_answers_and_not_over_the_same(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "ledger.csv"
    looks = [ledger.note(path, "set", answers) for answers in ("one", "one", "two", "one", "three")]
    assert looks == [1, 1, 2, 2, 3]
    assert ledger.note(path, "another", "one") == 1
    assert len(path.read_text().splitlines()) == 1 + 4


def test_planned_looks_are_written_down_first_and_count_as_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    ledger.plan(path, "set", "3 seeds, 5 seeds")
    ledger.plan(path, "set", "2 seeds, 5 seeds")  # nothing was looked at yet
    assert ledger.note(path, "set", "after two") == 1
    ledger.plan(path, "set", "2 seeds, 5 seeds")
    assert ledger.note(path, "set", "after five", ["after two", "after five"]) == 1
    assert ledger.note(path, "set", "another study") == 3
    assert [line.split(",")[2] for line in path.read_text().splitlines()[1:]] == [
        '"plan: 3 seeds',
        '"plan: 2 seeds',
        "after two",
        "after five",
        "another study",
    ]
    with pytest.raises(UserError, match=r"planned as '2 seeds, 5 seeds'.*kilnmix compose looks=none"):
        ledger.plan(path, "set", "4 seeds")
    ledger.plan(path, "other photographs", "4 seeds")
