from pathlib import Path

import numpy as np
import pytest

from kilnmix.collection.prepared import Task
from kilnmix.collection.rules import Rules, free, read
from kilnmix.common.errors import UserError

TASKS = (
    Task("glaze", ("celadon", "blue"), {"celadon": "celadon", "blue": "blue"}),
    Task("dynasty", ("song", "ming"), {"song": "Song", "ming": "Ming"}),
)
LABELS = np.array([[0, 0], [0, 0], [0, 0], [1, 1], [-1, 1]])


def test_free_combinations_are_all_that_the_rules_allow(tmp_path: Path) -> None:
    rows, counts = free(LABELS, Rules(()))
    assert rows.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    # Shares 3/4 and 1/4 of the glazes, 3/5 and 2/5 of the dynasties.
    assert counts == pytest.approx([0.45, 0.3, 0.15, 0.1])
    (tmp_path / "rules.yaml").write_text("glaze:\n  blue:\n    dynasty: [ming]\n")
    allowed, _ = free(LABELS, read(tmp_path / "rules.yaml", TASKS))
    assert allowed.tolist() == [[0, 0], [0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("text", "match"),
    [("glaze: [blue]", "has not the form"), ("kiln:\n  jun:\n    glaze: [blue]", "the task 'kiln'"),
     ("glaze:\n  jun:\n    dynasty: [ming]", "the class 'jun'"), ("a: [", "cannot be read"),
     ("glaze:\n  blue:\n    dynasty: ming", "has not the form"), ("", "has not the form")],
)  # fmt: skip
def test_rules_that_do_not_fit_are_sentences(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "rules.yaml").write_text(text)
    with pytest.raises(UserError, match=match):
        read(tmp_path / "rules.yaml", TASKS)


def test_rules_that_allow_nothing_are_told() -> None:
    nothing = Rules(((0, 0, 1, frozenset()), (0, 1, 1, frozenset())))
    with pytest.raises(UserError, match="allows no combination"):
        free(LABELS, nothing)
