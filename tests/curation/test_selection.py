import numpy as np

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
