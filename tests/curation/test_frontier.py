from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.curation.fidelity import Judgement
from kilnmix.curation.frontier import (
    Point,
    agreement,
    comparable,
    current,
    merged,
    read,
    share,
    state_of,
    write,
)
from kilnmix.curation.intervals import Interval
from tests import composed

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
    assert POINT.gained(Interval(0.01, -0.01, 0.03), 24).values["gain"].high == 0.03


def test_points_are_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "frontier" / "points.csv"
    assert read(path) == []
    points = [POINT, replace(POINT, guidance=4.0, values={"kid": Interval(-0.001, -0.01, 0.01)})]
    write(path, points)
    assert read(path) == points
    whole = path.read_text()
    for damaged in ("low", "nan", "inf", ""):
        path.write_text(whole.replace("0.250000", damaged))
        with pytest.raises(UserError, match="kilnmix frontier"):
            read(path)


def test_points_of_before_have_no_state(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    write(path, [POINT])
    path.write_text("".join(f"{line.rsplit(',', 2)[0]}\n" for line in path.read_text().splitlines()))
    assert read(path) == [replace(POINT, state="")]


GAIN = Interval(0.01, -0.01, 0.03)


def test_points_and_gains_of_earlier_calls_stay(tmp_path: Path) -> None:
    path = tmp_path / "frontier" / "points.csv"
    early = [replace(POINT, guidance=4.0).gained(GAIN, 30), POINT.gained(GAIN, 30)]
    assert merged(path, early) == early
    again = replace(POINT, kept=29)
    assert merged(path, [again]) == [again.gained(GAIN, 30), early[0]]
    assert read(path) == [again.gained(GAIN, 30), early[0]]
    fine = replace(POINT, scale=2.0).gained(Interval(1 / 3, 0.1, 0.5), 30)
    known = merged(tmp_path / "fine.csv", [fine])
    assert merged(tmp_path / "fine.csv", [replace(POINT, scale=2.0)]) == known
    # Measured with another adapter, it takes the earlier point's place without its gain.
    tuned = replace(POINT, state="other")
    assert merged(path, [tuned]) == [tuned, early[0]]


def test_a_table_that_cannot_be_read_is_put_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "points.csv"
    path.write_text("mine\n")
    assert merged(path, [POINT]) == [POINT] == read(path)
    assert (tmp_path / "points.csv.damaged").read_text() == "mine\n"
    assert "it is kept in" in capsys.readouterr().err


def test_points_of_one_adapter_and_number_of_images_compare() -> None:
    first = POINT.gained(GAIN, 30)
    same, other = replace(POINT, guidance=4.0), replace(POINT, guidance=4.0, drawn=96)
    found = comparable([first, same.gained(GAIN, 30), same.gained(GAIN, 12), other, replace(POINT, fold=1)])
    assert found == [first, same.gained(GAIN, 30), same]
    assert comparable([]) == []


def test_only_what_was_measured_with_this_studys_adapter_and_settings_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    params = composed.settings()
    adapter = output("finetune", 0, 0)
    adapter.mkdir(parents=True)
    (adapter / "manifest.json").write_text("{}")
    point = replace(POINT, adapter=0, state=state_of(params, 0, 0))
    strangers = [replace(POINT, adapter=0), replace(point, fold=7), replace(point, adapter=7)]
    assert current(params, [point, *strangers]) == [point]
    chosen = {"generator": {"draw": {"guidance": 9.0, "images": 8}}, "curation": {"strategy": "hard"}}
    assert current(composed.settings(**chosen), [point]) == [point]
    assert current(composed.settings(curation={"floor": 0.9}), [point]) == []
    (adapter / "manifest.json").write_text('{"tuned": "again"}')
    assert current(params, [point]) == []
