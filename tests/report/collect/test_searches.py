"""The searches of a fold, whole and damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kilnmix.common import manifest
from kilnmix.common.errors import UserError
from kilnmix.common.paths import output
from kilnmix.report.collect.searches import searches
from kilnmix.report.inputs import Playoff

TRIALS = "study,trial,score,share.glaze\nsearched,0,0.5,0.1\nreal-searched,0,0.4,\n"
PLAYOFF = "study,best,adopted,difference,standard_error\nsearched,0,best,0.1,0.01\nreal-searched,0,real,,\n"
ARMS = {"searched": {"source": "synthetic", "share": 0.1}, "real-searched": {}}


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = output("search", 0)
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("arms", "trials", "part"),
    [
        ("{", TRIALS, "best.yaml cannot be read as YAML"),
        ("[]", TRIALS, "holds a setting that is none"),
        (json.dumps({"searched": ARMS["searched"]}), TRIALS, "lacks the arm real-searched"),
        (json.dumps({**ARMS, "searched": {"share": "x"}}), TRIALS, "holds a setting that is none"),
        (json.dumps(ARMS), "", "trials.csv has no column 'study'"),
        (json.dumps(ARMS), TRIALS + "searched,1\n", "row 4 has 2 cells"),
        (json.dumps(ARMS), TRIALS.replace("0.5", "half"), "holds no whole search"),
    ],
)
def test_a_damaged_search(search: Path, arms: str, trials: str, part: str) -> None:
    (search / "best.yaml").write_text(arms, encoding="utf-8")
    (search / "trials.csv").write_text(trials, encoding="utf-8")
    (search / "playoff.csv").write_text(PLAYOFF, encoding="utf-8")
    (search / "importances.csv").write_text("study,parameter,importance\n", encoding="utf-8")
    manifest.write(search)
    with pytest.raises(UserError, match=part) as caught:
        searches(0)
    assert "dvc repro search" in str(caught.value)


def test_a_whole_search_is_read(search: Path) -> None:
    (search / "best.yaml").write_text(json.dumps(ARMS), encoding="utf-8")
    (search / "trials.csv").write_text(TRIALS, encoding="utf-8")
    (search / "playoff.csv").write_text(PLAYOFF, encoding="utf-8")
    (search / "importances.csv").write_text("study,parameter,importance\nsearched,share.glaze,1.0\n")
    manifest.write(search)
    with_images, without = searches(0)
    assert with_images.playoff == Playoff(0, True, 0.1, 0.01)
    assert without.playoff == Playoff(0, False, None, None)
    assert (with_images.importances, without.importances) == ({"share.glaze": 1.0}, {})
    assert with_images.trials[0].values == {"share.glaze": 0.1}
    (search / "trials.csv").write_text("study,trial,state,score\nsearched,0,complete,0.5\nsearched,1,pruned,0.2\n")
    (search / "playoff.csv").write_text(
        "study,best,adopted,difference,standard_error,low,high,lead,crossed\n"
        "searched,0,best,0.1,0.01,0.06,0.14,0.2,0.15\nreal-searched,0,real,,,,,,\n"
    )
    manifest.write(search)
    with_images, without = searches(0)
    assert [(trial.objective, trial.stopped) for trial in with_images.trials] == [(0.5, False), (None, True)]
    assert (with_images.playoff, without.playoff) == (
        Playoff(0, True, 0.1, 0.01, 0.06, 0.14, 0.2, 0.15),
        Playoff(0, False, None, None),
    )
    (search / "playoff.csv").write_text(PLAYOFF.replace("real-searched", "real"), encoding="utf-8")
    manifest.write(search)
    with pytest.raises(UserError, match="holds no whole search"):
        searches(0)


def test_a_search_that_has_not_run(search: Path) -> None:
    with pytest.raises(UserError, match="is missing"):
        searches(0)
