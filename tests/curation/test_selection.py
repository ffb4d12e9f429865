import numpy as np

from kilnmix.collection.prepared import Task
from kilnmix.curation import selection
from kilnmix.curation.copies.find import Copies
from kilnmix.curation.fidelity import Judgement


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


def test_the_alignment_of_a_class_has_an_interval_and_one_not_asked_for_has_none() -> None:
    nothing = np.zeros(10, bool)
    judged = Judgement(0.5, np.array([0.9, 0.7]), np.array([0.8, np.nan]), np.array([10, 0]), nothing, nothing)
    tasks = (Task("type", ("bowl", "vase"), {}),)
    told = selection.alignment(tasks, {"type": judged}, {"type": np.array([0.1, np.nan])})
    assert told == {
        "type": {
            "skill": 0.5,
            "classes": {
                "bowl": {
                    "asked": 10,
                    "alignment": 0.8,
                    "alignment_low": 0.490162,
                    "alignment_high": 0.943318,
                    "recall": 0.9,
                    "distance": 0.1,
                },
                "vase": {
                    "asked": 0,
                    "alignment": None,
                    "alignment_low": None,
                    "alignment_high": None,
                    "recall": 0.7,
                    "distance": None,
                },
            },
        }
    }
