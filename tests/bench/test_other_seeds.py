"""The plot of the collections of other seeds."""

from __future__ import annotations

from typing import Any

import pytest

from bench import other_seeds


def entry(delta: float, verdict: str, family: str = "primary") -> dict[str, Any]:
    said = {"delta": delta, "low": delta - 0.01, "high": delta + 0.01, "against": "real"}
    return {"f1": 0.5, "vs_real": said, "verdict": verdict, "family": family}


def study(glaze: float, kind: float) -> dict[str, Any]:
    arms = {"mix": entry(glaze, "harms"), "repeat": entry(0.2, "helps", "secondary")}
    untested = {"f1": 0.5, "vs_real": None, "verdict": "untestable", "family": "primary"}
    return {
        "rules": {"margin": 0.02},
        "tasks": {
            "glaze": {"arms": {"real": {"f1": 0.5}, **arms}},
            "type": {"arms": {"real": {"f1": 0.6}, "mix": entry(kind, "helps")}},
            "kiln": {"arms": {"real": {"f1": 0.4}, "mix": untested}},
        },
    }


STUDIES = {"settings": "a", "collections": {"10": study(-0.05, 0.07), "9": study(-0.03, 0.09)}}
TRUTHS = {"settings": "a", "collections": {"9": {"type mix": {"true": 0.08}}}}


def test_a_row_is_a_primary_comparison_that_could_be_tested() -> None:
    found = other_seeds.rows(STUDIES["collections"], TRUTHS["collections"], "mix")
    assert [(row["task"], row["collection"], row["verdict"], row.get("true")) for row in found] == [
        ("glaze", 10, "harms", None),
        ("type", 10, "helps", None),
        ("glaze", 9, "harms", None),
        ("type", 9, "helps", 8.0),
    ]
    assert [found[1][name] for name in ("delta", "low", "high")] == pytest.approx([7.0, 6.0, 8.0])


def test_the_task_that_gains_most_comes_first_and_collections_go_by_number() -> None:
    drawn = other_seeds.chart(other_seeds.rows(STUDIES["collections"], {}, "mix"), 2.0).to_dict()
    assert [panel["title"] for panel in drawn["hconcat"]] == ["type", "glaze"]
    scale = drawn["hconcat"][0]["layer"][2]["encoding"]["y"]["scale"]
    assert scale["domain"] == [9, 10]


def test_truths_of_other_settings_are_not_drawn() -> None:
    assert other_seeds.known(STUDIES, [{**TRUTHS, "settings": "b"}]) == {}
    known = other_seeds.known(STUDIES, [{**TRUTHS, "collections": {}}, TRUTHS])
    assert known == TRUTHS["collections"]
    with_truth = other_seeds.drawn(STUDIES, known, "mix")
    assert other_seeds.drawn(STUDIES, {}, "mix") != with_truth
    assert with_truth.startswith("<svg") and 'fill="#ffffff"' in with_truth
    assert other_seeds.drawn(STUDIES, known, "no such arm") == ""


def test_the_comparisons_of_a_collection_are_counted_as_a_group() -> None:
    """Two collections, all four intervals of one hold and none of the other's: as good as two trials."""
    right, wrong = {"claim": "right", "holds": True}, {"claim": "open", "holds": False}
    none = {"claim": "none", "holds": False}
    two = {"1": dict(enumerate([right] * 4)), "2": dict(enumerate([wrong, none, none, none]))}
    assert other_seeds.borne_out(two) == [
        "claims that are not wrong: 5 of 5 (16 to 100 %; collections: 2)",
        "intervals that hold: 4 of 8 (0 to 100 %; collections: 2)",
    ]
