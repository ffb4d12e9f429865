"""Verdicts held against a truth that is worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import replayed, true_differences
from kilnmix.config import composition
from kilnmix.statistics.intervals import Difference
from kilnmix.statistics.scores import TaskOutcomes
from kilnmix.statistics.verdicts import ArmVerdict, Comparison, Rules, VerdictName, compare
from tests.tiny_project import REPOSITORY

REPEATS = 400


def outcomes() -> TaskOutcomes:
    """Two classes, two runs an arm. `real` and `repeat` take every second object of a for b:
    F1 of a 2/3, of b 4/5, in the mean 11/15; `mix` is always right."""
    truth = np.tile([0, 0, 1, 1], REPEATS)
    half = np.tile([0, 1, 1, 1], (1, 2, REPEATS))
    right = np.tile([0, 0, 1, 1], (1, 2, REPEATS))
    return TaskOutcomes(
        task="type",
        classes=("a", "b"),
        scored=(0, 1),
        truth=truth,
        objects=np.arange(len(truth)),
        folds=np.zeros(len(truth), np.int64),
        weights=np.ones(len(truth)),
        predicted={"real": half, "mix": right, "repeat": half, "twin": right},
    )


def said(verdict: str, delta: float = 0.25, low: float = 0.2, high: float = 0.3) -> dict[str, Any]:
    return {"verdict": verdict, "vs_real": {"against": "real", "delta": delta, "low": low, "high": high}}


@pytest.mark.parametrize(
    ("verdict", "control", "claim"),
    [
        ("helps", "repeat", "right"),
        ("helps", None, "right"),
        ("helps", "twin", "wrong"),  # no better than its control, and no run or object says otherwise
        ("harms", "repeat", "wrong"),
        ("equivalent", "repeat", "wrong"),
        ("undecided", "repeat", "none"),
    ],
)
def test_a_claim_is_held_against_reference_and_control(verdict: str, control: str | None, claim: str) -> None:
    over = true_differences.true_difference(outcomes(), "mix", control) if control else None
    found = true_differences.held(said(verdict), outcomes(), "mix", over, 0.02)
    assert found["claim"] == claim
    assert found["true"] == pytest.approx(4 / 15)
    beyond = {"repeat": 4 / 15, "twin": 0, None: None}[control]
    assert found["over_control"] == (beyond if beyond is None else pytest.approx(beyond))


def test_a_claim_that_the_truth_cannot_tell_is_open() -> None:
    """+26.67 points are beyond a margin of 26.6, by less than twice the truth's own error (1.1 points)."""
    found = true_differences.held(said("equivalent"), outcomes(), "mix", None, 0.266)
    assert found["error"] > 0.001 and found["claim"] == "open"


@pytest.mark.parametrize(("low", "high", "holds"), [(0.2, 0.3, True), (0.27, 0.3, False), (0.1, 0.26, False)])
def test_an_interval_holds_where_the_truth_lies_in_it(low: float, high: float, holds: bool) -> None:
    found = true_differences.held(said("helps", 0.25, low, high), outcomes(), "mix", None, 0.02)
    assert found["holds"] is holds


def test_the_truth_is_over_the_classes_that_the_study_scored() -> None:
    alone = true_differences.scored_as(outcomes(), ["b"])
    assert alone.scored == (1,)
    # b alone: every object of b is found by both, and objects of a are left out.
    assert true_differences.held(said("helps"), alone, "mix", None, 0.02)["true"] == 0


def test_outcomes_of_chosen_objects() -> None:
    whole = outcomes()
    first = true_differences.of_objects(whole, whole.objects < 2)  # one object of a is found, the other taken for b
    assert first.truth.tolist() == [0, 0] and first.objects.tolist() == [0, 1]
    assert first.predicted["real"].tolist() == [[[0, 1], [0, 1]]]
    rest = true_differences.of_objects(whole, whole.objects >= 2)
    assert len(rest.truth) == 4 * REPEATS - 2


def test_a_replayed_study_is_judged_by_the_same_rules() -> None:
    known, rules = outcomes(), Rules()
    study = compare([known], [Comparison("mix", "real", "repeat")], rules).tasks[0].arms["mix"]
    found = replayed.judged(study, known, rules)
    assert (found["verdict"], found["wrong"], found["alone"], found["simultaneous"]) == ("helps", False, True, True)
    assert found["true"] == found["delta"] == pytest.approx(4 / 15)
    swapped = {"real": "mix", "mix": "real", "repeat": "mix"}
    other = outcomes()
    turned = replace(other, predicted={a: other.predicted[b] for a, b in swapped.items()})
    assert replayed.judged(study, turned, rules)["wrong"]


def test_a_mixture_that_is_real_photographs_truly_gains_nothing() -> None:
    """Two objects of three are taken rightly by one run, all by the other; the mixture answers as `real` does."""
    params = composition.compose((), REPOSITORY / "conf")[1]
    truth = np.tile([0, 1, 1], 100)
    real = np.stack([np.tile([0, 0, 1], 100), truth])[None]
    task = replace(
        outcomes(),
        truth=truth,
        objects=np.arange(300),
        folds=np.zeros(300, np.int64),
        weights=np.ones(300),
        predicted={"real": real, "mix-40-60": real, "repeat-40-60": real},
    )
    found = replayed.replay(params, [task], "mix-40-60", 120, 5)
    assert found["type"]["true"] == found["type"]["bias"] == found["type"]["spread"] == 0
    assert found["type"]["alone"]["share"] == found["all"]["hold"]["share"] == 1
    assert found["all"]["wrong"] == {"share": 0.0, "low": 0.0, "high": pytest.approx(1 - 0.025 ** (1 / 5))}
    assert (
        set(found["type"]["verdicts"]) <= {"equivalent", "undecided"} and sum(found["type"]["verdicts"].values()) == 5
    )


@pytest.mark.parametrize(
    ("delta", "truth", "verdict"),
    [(0.2, "lower", "helps"), (-0.2, "higher", "harms"), (0.0, "higher", "equivalent")],
)
def test_a_verdict_against_the_truth_is_wrong(delta: float, truth: str, verdict: VerdictName) -> None:
    """The truth: `mix` is 26.7 points above `real`, or below it."""
    known = outcomes()
    if truth == "lower":
        known = replace(known, predicted={"real": known.predicted["mix"], "mix": known.predicted["real"]})
    said = Difference(delta, delta - 0.01, delta + 0.01, 0.0, 0.005, 50.0, 0.0, 2.0)
    arm = ArmVerdict(Comparison("mix", "real"), 0.5, 0.5, said, None, 0.03, verdict, False, "")
    found = replayed.judged(arm, known, Rules())
    assert found["wrong"] and not found["simultaneous"] and not found["alone"]


def test_a_summary_sets_the_spread_beside_the_stated_error() -> None:
    rows = [
        {"true": 0.1, "delta": delta, "se": se, "df": df, "alone": alone, "wrong": False, "verdict": verdict}
        for delta, se, df, alone, verdict in (
            (0.08, 0.01, 4, False, "undecided"),
            (0.10, 0.02, 6, True, "helps"),
            (0.15, 0.02, 9, True, "helps"),
        )
    ]
    found = replayed.summary(rows)
    assert found["bias"] == pytest.approx(0.01) and found["true"] == pytest.approx(0.1)
    # Errors -2, 0 and 5 points about their mean 1: squares 9, 1 and 16, over 2.
    assert found["spread"] == pytest.approx(np.sqrt(13) / 100)
    assert found["stated"] == pytest.approx(np.sqrt((1 + 4 + 4) / 3) / 100)
    assert found["df"] == 6 and found["alone"]["share"] == pytest.approx(2 / 3)
    assert found["verdicts"] == {"undecided": 1, "helps": 2}


def test_results_of_other_settings_do_not_stand(tmp_path: Path) -> None:
    out, own = tmp_path / "results.json", {"settings": "a", "seeds": 5}
    assert true_differences.standing(out, own) == {**own, "collections": {}}
    out.write_text(json.dumps({**own, "collections": {"3": {}}}), encoding="utf-8")
    assert true_differences.standing(out, own)["collections"] == {"3": {}}
    assert true_differences.standing(out, {**own, "seeds": 30}) == {"settings": "a", "seeds": 30, "collections": {}}


def test_a_collection_without_a_study_is_named_with_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"--one 7 makes it"):
        true_differences.studied(tmp_path, 7)
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "verdict.json").touch()
    assert true_differences.studied(tmp_path, 7) == tmp_path / "7"
