"""Several studies pooled."""

from __future__ import annotations

from typing import Any

import pytest

from kilnmix.report.guidelines import pooled
from kilnmix.report.guidelines.summaries import StudySummary
from kilnmix.report.languages.wording import wording


def verdict(collection: str | None, **tasks: float) -> dict[str, Any]:
    """Differences of mix-90-10 with a standard error of one point."""
    return {
        "collection": collection,
        "tasks": {
            task: {
                "arms": {
                    "real": {"f1": 0.7},
                    "mix-90-10": {
                        "family": "primary",
                        "verdict": "undecided",
                        "vs_real": {"against": "real", "delta": delta, "se": 0.01},
                    },
                }
            }
            for task, delta in tasks.items()
        },
    }


def study(name: str, verdict: dict[str, Any], demo: bool = False) -> StudySummary:
    return StudySummary(name, demo, verdict, ())


def rows(*studies: dict[str, Any]) -> dict[str | None, pooled.Row]:
    found = [
        each for place, each_verdict in enumerate(studies) for each in pooled.estimates(study(str(place), each_verdict))
    ]
    return {row.task: row for row in pooled.rows(found)}


def test_three_collections_are_pooled_task_by_task_and_together() -> None:
    made = rows(verdict("a", glaze=0.0, kiln=0.02), verdict("b", glaze=0.03), verdict("c", glaze=0.06, kiln=0.04))
    glaze = made["glaze"].pooled
    assert glaze is not None
    assert (glaze.mean, glaze.tau**2) == (pytest.approx(0.03), pytest.approx(0.0008))
    assert (made["kiln"].collections, made["kiln"].pooled) == (2, None)
    # Of a study with two tasks the mean: 0.01, 0.03 and 0.05, each with a standard error of 0.01.
    together = made[None].pooled
    assert together is not None
    assert (together.mean, together.tau**2) == (pytest.approx(0.03), pytest.approx(0.0003))


def test_studies_of_the_same_photographs_are_one_collection() -> None:
    made = rows(verdict("a", glaze=0.0), verdict("a", glaze=0.02), verdict("b", glaze=0.03), verdict(None, glaze=0.05))
    assert made["glaze"].collections == 3
    assert made["glaze"].pooled is not None
    assert made["glaze"].pooled.mean == pytest.approx((0.01 + 0.03 + 0.05) / 3)


def test_rendered_collections_are_left_out_beside_others() -> None:
    t = wording("en")
    real = [study("r", verdict(name, glaze=0.01)) for name in "abc"]
    table = pooled.table([*real, study("demo", verdict("d", glaze=0.9), True)], t)
    assert [row[1].text for row in table.rows] == ["3", "3"]
    assert table.rows[0][2].text == "+1.0"
    assert not pooled.table([study("demo", verdict("d", glaze=0.9), True)], t)


def test_where_collections_are_too_few_the_table_says_so() -> None:
    table = pooled.table([study("x", verdict("a", glaze=0.01)), study("y", verdict("b", glaze=0.02))], wording("en"))
    assert table.rows[0][2].second == "from 3 collections on"
