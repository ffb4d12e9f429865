"""Several studies side by side."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from kilnmix.common.errors import UserError
from kilnmix.report import guidelines, records
from kilnmix.report.inputs import Study
from kilnmix.report.language import wording


def left(study: Study, folder: Path, name: str = "") -> Path:
    reports = folder / "reports"
    reports.mkdir(parents=True)
    (reports / "verdict.json").write_text(json.dumps({"study": name, **study.verdict.to_json(), "profile": "demo"}))
    (reports / "classes.csv").write_text(records.text(records.classes(study)), encoding="utf-8")
    return folder


def gain(study: str, delta: float, training: float = 5, alignment: float = math.nan) -> guidelines.ClassGain:
    return guidelines.ClassGain(study, "type", "bowl", delta, training, alignment)


def test_a_bin_is_the_mean_of_the_studies_means() -> None:
    found = guidelines.binned([gain("a", 0.0), gain("a", 0.02), gain("b", 0.04), gain("c", 0.07)])
    assert found is not None
    # Means 0.01, 0.04, 0.07: mean 0.04, standard error 0.03 / sqrt(3), t with two degrees of freedom 4.3027.
    assert (found.classes, found.studies) == (4, 3)
    assert found.mean == pytest.approx(0.04)
    assert found.high == pytest.approx(0.04 + 4.30265 * 0.03 / math.sqrt(3), rel=1e-5)
    few = guidelines.binned([gain("a", 0.01), gain("b", 0.03)])
    assert few is not None
    assert (few.mean, few.low) == (pytest.approx(0.02), None)
    assert guidelines.binned([]) is None


def test_two_studies_on_one_page(study: Study, tmp_path: Path) -> None:
    told = [guidelines.load(left(study, tmp_path / name)) for name in ("museum <one>", "two")]
    assert guidelines.common_pair(told) == ("mix-90-10", "real")
    assert len(guidelines.gains(told, ("mix-90-10", "real"))) == 2 * 29
    page = guidelines.render(told)
    assert "2 studies side by side" in page
    assert "museum &lt;one&gt;*" in page
    assert "museum <one>" not in page
    assert "Glaze: of 6 comparisons, 2 harmed and 4 stayed undecided." in page
    assert "22–28" not in page
    assert "10–29 training objects" in page
    assert page.count("data-plot=") == 2
    assert "并列" in guidelines.render(told, "zh")


def test_the_rendered_collection_is_marked_under_any_profile(study: Study, tmp_path: Path) -> None:
    path = left(study, tmp_path / "one") / "reports" / "verdict.json"
    for entries, demo in (
        ({"profile": "sd15", "rendered": True}, True),
        ({"profile": "demo", "rendered": False}, False),
        ({"profile": "demo"}, True),  # written before `rendered` was
        ({"profile": "sd15"}, False),
    ):
        path.write_text(json.dumps({"study": "s", **study.verdict.to_json(), **entries}))
        assert guidelines.load(tmp_path / "one").demo is demo


def test_studies_of_one_name_are_told_apart(study: Study, tmp_path: Path) -> None:
    name = "porcelain"
    folders = [left(study, tmp_path / place, name) for place in ("one", "two", "old/two")]
    assert [told.name for told in guidelines.load_all(folders[:1])] == [name]
    assert [told.name for told in guidelines.load_all(folders[:2])] == [f"{name} (one)", f"{name} (two)"]
    names = [told.name for told in guidelines.load_all(folders)]
    assert len(set(names)) == 3 and str(tmp_path / "old" / "two") in names[2]
    with pytest.raises(UserError, match="named twice"):
        guidelines.load_all([folders[0], folders[0] / "reports"])


def test_a_study_without_classes(study: Study, tmp_path: Path) -> None:
    folder = left(study, tmp_path / "one")
    (folder / "reports" / "classes.csv").unlink()
    page = guidelines.render([guidelines.load(folder / "reports")])
    assert "One study" in page
    assert "hold no classes" in page


def test_what_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no verdict\.json"):
        guidelines.load(tmp_path)
    (tmp_path / "verdict.json").write_text("[]")
    with pytest.raises(UserError, match="is not a verdict"):
        guidelines.load(tmp_path)


def test_counts_say_every_verdict() -> None:
    arms = {
        "real": {"f1": 0.5},
        "a": {"verdict": "helps"},
        "b": {"verdict": "untestable"},
        "c": {"verdict": "harms", "family": "secondary"},
    }
    told = guidelines.Told("x", False, {"tasks": {"type": {"arms": arms}}}, ())
    (found,) = guidelines.counts([told], wording("en"))
    assert found == "Type: of 2 comparisons, 1 helped and 1 could not be tested."
