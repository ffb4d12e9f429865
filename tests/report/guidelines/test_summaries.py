"""What `compare` leaves of a study, read by others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kilnmix.common.errors import UserError
from kilnmix.report.guidelines import summaries

ARMS = {
    "real": {"f1": 0.5},
    "mix": {"verdict": "helps", "vs_real": {"against": "real", "delta": 0.1, "low": 0.0, "high": 0.2}},
    "other": {"verdict": "harms", "family": "secondary"},
}
HEAD = "task,class,arm,reference,delta,training,alignment\n"


def left(folder: Path, **more: Any) -> Path:
    (folder / "reports").mkdir(parents=True)
    (folder / "reports" / "verdict.json").write_text(json.dumps({"tasks": {"type": {"arms": ARMS}}, **more}))
    (folder / "reports" / "classes.csv").write_text(HEAD + "type,bowl,mix,real,0.1,12,\n")
    return folder


def test_a_study_has_the_name_that_it_says_or_its_folders(tmp_path: Path) -> None:
    assert summaries.load(left(tmp_path / "one", study="vases", profile="demo")).name == "vases"
    found = summaries.load(left(tmp_path / "two"))
    assert (found.name, found.demo) == ("two", False)
    assert summaries.load(tmp_path / "two" / "reports") == found
    assert found.classes[0]["delta"] == "0.1"


@pytest.mark.parametrize(
    ("told", "demo"),
    [({"profile": "demo"}, True), ({"profile": "demo", "rendered": False}, False), ({"rendered": True}, True)],
)
def test_whether_the_collection_is_the_rendered_one(tmp_path: Path, told: dict[str, Any], demo: bool) -> None:
    assert summaries.load(left(tmp_path / "one", **told)).demo is demo


def test_only_primary_verdicts_are_primary(tmp_path: Path) -> None:
    found = summaries.load(left(tmp_path / "one"))
    assert [(task, arm) for task, arm, _ in found.primary()] == [("type", "mix")]


@pytest.mark.parametrize(
    "row", ["type,bowl,mix,real,much,12,", "type,bowl,mix,real,0.1,twelve,", "type,bowl,mix,real,nan,1,"]
)
def test_numbers_that_are_none(tmp_path: Path, row: str) -> None:
    folder = left(tmp_path / "one")
    (folder / "reports" / "classes.csv").write_text(f"{HEAD}type,bowl,mix,real,0.1,12,\n{row}\n")
    with pytest.raises(UserError, match="in row 3 is no number"):
        summaries.load(folder)


def test_a_difference_that_is_not_finite_is_no_verdict(tmp_path: Path) -> None:
    folder = left(
        tmp_path / "one", tasks={"type": {"arms": {"mix": {"vs_real": {"against": "real", "delta": float("nan")}}}}}
    )
    with pytest.raises(UserError, match="is not a verdict"):
        summaries.load(folder)


SOUND = {"against": "real", "delta": 0.1, "low": 0.0, "high": 0.2, "se": 0.05}


@pytest.mark.parametrize(
    ("arm", "fault"),
    [
        ({"verdict": "wins"}, 'verdict is "wins"'),
        ({"verdict": ["helps"]}, 'verdict is ["helps"]'),
        ({"verdict": "helps", "family": 3}, "family is 3"),
        ({"vs_real": {**SOUND, "se": "x"}}, "vs_real.se is no number"),
        ({"vs_real": {**SOUND, "se": None}}, "vs_real.se is no number"),
        ({"vs_real": {**SOUND, "delta": True}}, "vs_real.delta is no number"),
        ({"vs_real": {**SOUND, "high": 10**400}}, "vs_real.high is no number"),
        ({"vs_real": {name: value for name, value in SOUND.items() if name != "against"}}, "against names no arm"),
        ({"vs_real": [1]}, "vs_real is [1]"),
        ([], "it holds nothing by name"),
    ],
)
def test_a_damaged_comparison_is_named(tmp_path: Path, arm: Any, fault: str) -> None:
    folder = left(tmp_path / "one", tasks={"type": {"arms": {"real": {"f1": 0.5}, "mix": arm}}})
    with pytest.raises(UserError) as refused:
        summaries.load(folder)
    assert f"is not a verdict (tasks.type.arms.mix: {fault}" in str(refused.value).replace(
        ": vs_real.against", ": against"
    )


@pytest.mark.parametrize("told", [{"collection": 3}, {"study": []}, {"rendered": "yes"}, {"tasks": []}])
def test_a_damaged_head_is_no_verdict(tmp_path: Path, told: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"is not a verdict \("):
        summaries.load(left(tmp_path / "one", **told))


def test_rendered_collections_are_left_out_beside_others_and_photographs_tell_collections_apart(tmp_path: Path) -> None:
    demo = summaries.load(left(tmp_path / "one", rendered=True))
    real = summaries.load(left(tmp_path / "two", collection="88.dir"))
    assert summaries.counted([demo, real]) == [real]
    assert summaries.counted([demo]) == [demo]
    assert (demo.collection, real.collection) == ("one", "88.dir")
