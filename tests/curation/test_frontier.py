from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kilnmix.common.errors import UserError
from kilnmix.curation.fidelity import Judgement
from kilnmix.curation.frontier import Point, agreement, read, share, write
from kilnmix.curation.support import Interval

POINT = Point(0, 1, 2.0, 0.5, 0.25, 40, 30, {"fidelity": Interval(0.5, 0.25, 0.75)})


def judgement(skill: float, *agreed: bool) -> Judgement:
    nothing = np.zeros(2)
    return Judgement(skill, nothing, nothing, nothing, np.array(agreed), np.zeros(len(agreed), bool))


def test_agreement_is_that_of_trusted_judges_with_labels_asked_for() -> None:
    judges = {"type": judgement(0.9, True, True, False, True), "glaze": judgement(0.9, False, True, False, True),
              "kiln": judgement(0.1, False, False, False, False)}  # fmt: skip
    asked = np.array([[0, 0, 0], [0, -1, 0], [0, 0, 0], [-1, -1, 0]])
    # Of the images 0, 1, 2 the shares are 1/2, 1 and 0; nobody can be trusted with the last one's label.
    found = agreement(judges, asked, np.arange(4), 0.2)
    # Wilson's interval of 1.5 of 3: 0.5 -+ z sqrt(0.25 / 3 + z^2 / 36) / (1 + z^2 / 3).
    half = 1.959964 * np.sqrt(0.25 / 3 + 3.841459 / 36) / (1 + 3.841459 / 3)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5 - half, 0.5 + half))
    assert agreement(judges, asked, np.array([3]), 0.2) is None
    one = agreement(judges, asked, np.array([1]), 0.2)
    assert one is not None and (one.value, one.high) == (1.0, 1.0) and one.low == pytest.approx(1 / 4.841459)


def test_shares_and_metrics() -> None:
    assert share(np.array([True, False])).value == 0.5
    assert POINT.metrics == {"drawn": 40, "kept": 30, "fidelity": 0.5, "fidelity.low": 0.25, "fidelity.high": 0.75}
    assert POINT.gained(Interval(0.01, -0.01, 0.03)).values["gain"].high == 0.03


def test_points_are_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "frontier" / "points.csv"
    assert read(path) == []
    points = [POINT, replace(POINT, guidance=4.0, values={"kid": Interval(-0.001, -0.01, 0.01)})]
    write(path, points)
    assert read(path) == points
    path.write_text(path.read_text().replace("0.250000", "low"))
    with pytest.raises(UserError, match="kilnmix frontier"):
        read(path)
