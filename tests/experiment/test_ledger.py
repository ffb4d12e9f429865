"""The ledger of looks at the test set."""

from __future__ import annotations

from pathlib import Path

import numpy as np

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
