from pathlib import Path

import numpy as np
import pytest

from kilnmix.common.errors import UserError
from kilnmix.curation import selection
from kilnmix.curation.copies.find import Copies


def copies(memorised: list[bool], leaked: list[bool]) -> Copies:
    count = len(memorised)
    rows, scores = np.zeros(count, np.int64), np.zeros(count)
    return Copies(rows, scores, rows, scores, np.array(memorised), np.array(leaked))


def test_the_first_reason_that_holds_decides() -> None:
    asked = np.array([[0, 1], [0, -1], [0, 1], [0, 1], [0, 1]])
    masked = np.array([[True, False], [True, False], [False, False], [False, False], [False, False]])
    found = copies([False, False, True, True, False], [False, False, False, True, False])
    said = selection.status(list("abcde"), asked, masked, found, frozenset("e"), True, {})
    assert said == ["accepted", "unfaithful", "memorised", "leaked", "vetoed"]
    assert selection.status(list("abcde"), asked, masked, found, frozenset(), False, {})[1] == "accepted"
    blurred = {"blurred": np.array([True, False, False, True, True])}
    said = selection.status(list("abcde"), asked, masked, found, frozenset(), True, blurred)
    assert said == ["blurred", "unfaithful", "memorised", "leaked", "blurred"]


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


def test_a_veto_that_names_no_image_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path, ids = tmp_path / "vetoes.txt", ["000001", "000002", "000003"]
    for written in ("0/0/3", "0/0/000003.png", "0/0/00003"):
        path.write_text(f"\ufeff{written}\n", encoding="utf-8")
        with pytest.raises(UserError, match="Perhaps 000003 is meant"):
            selection.known(selection.vetoed(path, 0, 0), ids, path)
    path.write_text("\ufeff0/0/000003\n", encoding="utf-8")
    assert selection.known(selection.vetoed(path, 0, 0), ids, path) == {"000003"}
    path.write_bytes("# 否决\n".encode("gbk"))
    with pytest.raises(UserError, match="UTF-8"):
        selection.vetoed(path, 0, 0)
