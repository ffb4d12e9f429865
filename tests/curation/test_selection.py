from pathlib import Path

import numpy as np
import pytest

from kilnmix.common.errors import UserError
from kilnmix.curation import crossfit, selection
from kilnmix.curation.copies import Copies


def copies(memorised: list[bool], leaked: list[bool]) -> Copies:
    count = len(memorised)
    return Copies(np.zeros(count, np.int64), np.zeros(count), np.array(memorised), np.array(leaked), (0.9, 0.9))


def test_the_first_reason_that_holds_decides() -> None:
    asked = np.array([[0, 1], [0, -1], [0, 1], [0, 1], [0, 1]])
    masked = np.array([[True, False], [True, False], [False, False], [False, False], [False, False]])
    found = copies([False, False, True, True, False], [False, False, False, True, False])
    said = selection.status(list("abcde"), asked, masked, found, frozenset("e"), True)
    assert said == ["accepted", "unfaithful", "memorised", "leaked", "vetoed"]
    assert selection.status(list("abcde"), asked, masked, found, frozenset(), False)[1] == "accepted"


def test_vetoes_are_read_for_one_pool(tmp_path: Path) -> None:
    path = tmp_path / "vetoes.txt"
    path.write_text("# ruled out\n0/1/000003\n\n0/0/000004  # blurred\n")
    assert selection.vetoed(path, 0, 1) == {"000003"}
    assert selection.vetoed(path, 0, 0) == {"000004"}
    assert selection.vetoed(None, 0, 0) == frozenset()
    path.write_text("000003\n")
    with pytest.raises(UserError, match="line 1"):
        selection.vetoed(path, 0, 0)
    with pytest.raises(UserError, match="not there"):
        selection.vetoed(tmp_path / "nothing.txt", 0, 0)


def test_cross_fitting_keeps_objects_whole_and_spreads_combinations() -> None:
    objects = np.repeat(np.arange(30), 2)
    labels = np.repeat(np.arange(30) % 3, 2)[:, None]
    parts = crossfit.parts(objects, labels, 3, seed=1)
    assert (parts[::2] == parts[1::2]).all()
    for part in range(3):
        assert np.bincount(labels[parts == part, 0]).sum() == 20
        assert (np.abs(np.bincount(labels[parts == part, 0], minlength=3) - 20 / 3) <= 2).all()
