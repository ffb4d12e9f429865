"""What `bench.rerendered` takes for done, and how it counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from bench import kept, rerendered
from kilnmix.config import Params, composition, parse
from tests.tiny_project import REPOSITORY


@pytest.fixture
def params() -> Params:
    return composition.compose((), REPOSITORY / "conf")[1]


def changed(params: Params, **groups: Any) -> Params:
    """The settings with some values of their groups changed."""
    said = params.model_dump(mode="json")
    for name, value in groups.items():
        said[name] = {**said[name], **value} if isinstance(value, dict) else value
    return parse(said, "test")


def test_what_a_study_reads_has_another_place_and_what_it_does_not_the_same(params: Params) -> None:
    here = rerendered.place(params)
    assert rerendered.place(changed(params, search={"trials": 5}, refit_arm="mix-90-10")) == here
    assert rerendered.place(changed(params, classifier={"steps": 7})) != here
    assert rerendered.place(changed(params, seed=1)) != here


def test_another_renderer_has_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    here = kept.kept("name")
    monkeypatch.setattr(kept.digests, "of_code", lambda module: "f" * 64)
    assert kept.kept("name") != here and kept.kept("name").name == "name-ffffffffffff"


def test_results_of_the_same_settings_are_passed_over_and_others_are_not(params: Params, tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    assert rerendered.known(params, out) == {}
    out.write_text(json.dumps({"settings": rerendered.place(params).name, "collections": {"3": {"tasks": {}}}}))
    assert rerendered.known(params, out) == {"3": {"tasks": {}}}
    assert rerendered.known(changed(params, seed=1), out) == {}


def test_collections_differ_from_the_project_and_from_each_other_in_seed_alone(params: Params) -> None:
    one, two = (rerendered.settings(params, seed, 1) for seed in (3, 4))
    assert len({params.seed, one.seed, two.seed}) == 3
    assert (one.folds, one.adapters, one.pool_folds) == ((0,), (0,), (0,))
    assert one.model_copy(update={"seed": two.seed}) == two


def study(*verdicts: tuple[str, str, str, float]) -> dict[str, Any]:
    """(task, arm, verdict, delta) -> what verdict.json says of a study."""
    tasks: dict[str, Any] = {}
    for task, arm, verdict, delta in verdicts:
        arms = tasks.setdefault(task, {"arms": {"real": {"f1": 0.5}}})["arms"]
        arms[arm] = {"verdict": verdict, "vs_real": {"se": 0.01, "delta": delta}, "family": "primary"}
    return {"tasks": tasks}


def test_a_task_is_helped_once_however_many_of_its_arms_help() -> None:
    first = study(("type", "a", "helps", 0.1), ("type", "b", "helps", 0.2), ("glaze", "a", "harms", -0.1))
    second = study(("type", "a", "undecided", 0.0), ("type", "b", "undecided", 0.1), ("glaze", "a", "harms", -0.3))
    found = {"collections": {"3": first, "4": second}}
    lines = rerendered.lines(found)
    assert lines[2:5] == [
        "| type | a | 50.0 | +5.0 |  | helps 1, undecided 1 |",
        "| type | b | 50.0 | +15.0 |  | helps 1, undecided 1 |",
        "| glaze | a | 50.0 | -20.0 |  | harms 2 |",
    ]
    # Clopper and Pearson: 1 of 2 is 1.3 to 98.7 %, 0 of 2 is 0 to 84.2 %.
    assert lines[5:] == [
        "type is helped in 1 of 2 collections (1 to 99 %)",
        "glaze is helped in 0 of 2 collections (0 to 84 %)",
    ]


def test_three_collections_and_more_are_pooled() -> None:
    # Equal variances and no scatter beyond them: the mean, with a t interval of one standard error over the root of 3.
    mean, beyond = rerendered.pooled_cells([(0.01, 1e-4), (0.02, 1e-4), (0.03, 1e-4)])
    half = 100 * stats.t.isf(0.025, 2) * 0.01 / 3**0.5
    assert mean == f"+2.0 ({2 - half:+.1f} to {2 + half:+.1f})"
    low, high = (float(end) for end in beyond.split(" to "))
    assert low < 2 - half < 2 + half < high
    assert rerendered.pooled_cells([(0.01, 1e-4), (0.02, 1e-4)]) == ("+1.5", "")
