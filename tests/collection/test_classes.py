"""Readings -> classes and indices, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kilnmix.collection import classes
from kilnmix.collection.prepared import Task
from kilnmix.collection.vocabulary.field import Field, Reading, Term
from kilnmix.collection.vocabulary.vocabulary import Vocabulary
from kilnmix.common.errors import UserError
from tests import composed

TERMS = {
    "vase": Term("vase", "vase", native="瓶"),
    "bottle-vase": Term("bottle-vase", "bottle vase", broader="vase"),
    "meiping": Term("meiping", "meiping vase", broader="bottle-vase", native="梅瓶"),
    "bowl": Term("bowl", "bowl"),
}
FIELD = Field("type", "form", TERMS, {}, {}, frozenset(), ("type",), False, {})
WORDS = Vocabulary({"type": FIELD}, frozenset(), {}, {})
TASK = Task("type", ("vase", "bowl", "cup"), {"vase": "vase", "bowl": "bowl", "cup": "cup"})


def test_classes_become_their_broadest_ones_and_stay_as_finer_terms() -> None:
    given = [Reading("meiping", "exact"), Reading("bowl", "title", "small-bowl"), Reading("", "unknown")]
    given.append(Reading("meiping", "exact", "early-meiping"))
    assert classes.broaden(given, FIELD) == [
        Reading("vase", "exact", "meiping"),
        *given[1:3],
        Reading("vase", "exact", "early-meiping"),
    ]


def test_tasks_have_the_classes_that_occur_in_the_vocabularys_order() -> None:
    found = [Reading("zz-own", "new"), Reading("bowl", "exact"), Reading("meiping", "exact"), Reading("", "doubtful")]
    (task,) = classes.tasks_of({"type": found}, WORDS)
    assert task.classes == ("meiping", "bowl", "zz-own")
    assert task.words == {"meiping": "meiping vase", "bowl": "bowl", "zz-own": "zz own"}
    assert task.native == {"meiping": "梅瓶"}
    assert classes.indices(task, found).tolist() == [2, 1, 0, -1]


def test_rare_classes_are_kept_merged_or_dropped() -> None:
    # Two photographs of one vase, three bowls of three objects, one cup.
    labels = np.array([[0], [0], [1], [1], [1], [2], [-1]])
    objects = np.array([0, 0, 1, 2, 3, 4, 5])
    assert classes.in_rare_classes((TASK,), labels, objects, 2).tolist() == [*[True] * 2, *[False] * 3, True, False]
    kept, same = classes.rare((TASK,), labels, objects, 2, "train")
    assert (kept, same.tolist()) == ((TASK,), labels.tolist())
    (merged,), moved = classes.rare((TASK,), labels, objects, 2, "other")
    assert (merged.classes, moved[:, 0].tolist()) == (("bowl", "other"), [1, 1, 0, 0, 0, 1, -1])
    (dropped,), left = classes.rare((TASK,), labels, objects, 2, "drop")
    assert (dropped.classes, left[:, 0].tolist()) == (("bowl",), [-1, -1, 0, 0, 0, -1, -1])
    assert labels[0, 0] == 0  # the labels given stay as they are


@pytest.mark.parametrize(
    ("names", "columns", "said"),
    [
        ((), {}, "has no column in labels.csv"),
        ((), {"type": "form"}, "its column 'form' in labels.csv holds nothing that is known"),
        (("bowl",), {"type": "form"}, "one class only, bowl"),
    ],
)
def test_a_task_with_nothing_to_tell_apart(names: tuple[str, ...], columns: dict[str, str], said: str) -> None:
    settings = composed.settings().collection.model_copy(update={"labels": "labels.csv"})
    with pytest.raises(UserError, match=said):
        classes.need_classes((Task("type", names, {}),), settings, columns)
    classes.need_classes((TASK,), settings, {"type": "form"})


def test_all_tasks_with_nothing_to_tell_apart_are_told_at_once() -> None:
    settings = composed.settings().collection.model_copy(update={"labels": "labels.csv"})
    lacking = (Task("type", (), {}), TASK, Task("glaze", ("celadon",), {}))
    with pytest.raises(UserError) as refused:
        classes.need_classes(lacking, settings, {"glaze": "glaze"})
    first, second = str(refused.value).splitlines()
    assert first.startswith("The task type has no column") and second.startswith("The task glaze has one class only")
