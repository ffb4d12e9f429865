"""verdict.json below the study, field by field."""

from __future__ import annotations

import pytest
from scipy import stats

from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.verdict_json import task_json
from kilnmix.statistics.verdicts import ArmVerdict, Comparison, TaskVerdict

GAIN = Difference(delta=0.03, low=0.01, high=0.05, p=0.02, se=0.01, df=9.0, raw_p=0.015, critical=2.0)


def arm(control: Difference | None, primary: bool = True) -> ArmVerdict:
    comparison = Comparison("mix", "real", "repeat" if control else None, primary)
    return ArmVerdict(comparison, 0.63, 0.60, GAIN, control, 0.025, "helps", False, "better.", None, (0.0, 0.06))


def written(verdict: ArmVerdict) -> dict[str, object]:
    task = TaskVerdict("glaze", ("a", "b"), 80, {"real": 0.6, "mix": 0.63, "late": None}, {"mix": verdict}, 3)
    return task_json(task, 0.05)


def test_a_task_has_all_arms_scores_and_the_verdicts_there_are() -> None:
    found = written(arm(GAIN))
    assert {name: found[name] for name in ("classes", "objects", "sources")} == {
        "classes": ["a", "b"],
        "objects": 80,
        "sources": 3,
    }
    arms = found["arms"]
    assert isinstance(arms, dict)
    assert (arms["real"], arms["late"]) == ({"f1": 0.6}, {"f1": None})
    mix = arms["mix"]
    assert (mix["verdict"], mix["family"], mix["detectable"], mix["resampled"]) == (
        "helps",
        "primary",
        0.025,
        [0, 0.06],
    )
    assert mix["relative"] == pytest.approx(0.05)
    assert (mix["vs_real"]["against"], mix["vs_repeat"]["against"]) == ("real", "repeat")
    assert mix["vs_real"]["low"] == 0.01
    half = 0.01 * stats.t.isf(0.025, 9)
    assert mix["vs_real"]["alone"] == pytest.approx({"low": 0.03 - half, "high": 0.03 + half})


def test_an_arm_without_a_control_and_a_secondary_arm() -> None:
    arms = written(arm(None, primary=False))["arms"]
    assert isinstance(arms, dict)
    assert (arms["mix"]["vs_repeat"], arms["mix"]["family"]) == (None, "secondary")
